// Topological order of a graph of tasks, and the cycles that stand in its way. Both are the same for the same definition.

/** A task by number, with the numbers of those that come before it. */
export type Dependencies = readonly (readonly number[])[];

export interface Ordering {
  /** Every task that no cycle blocks; among those that could come next, the lowest number first. */
  readonly order: readonly number[];
  /** One path for each cycle that had to be cut before the rest could be ordered; starts with its lowest number. */
  readonly cycles: readonly (readonly number[])[];
}

/** Orders tasks. Takes O((n + e) log n). */
export function orderTasks(needs: Dependencies): Ordering {
  const cut = new Set<number>();
  const cycles: (readonly number[])[] = [];
  for (;;) {
    const order = sort(needs, cut);
    const placed = new Set(order);
    const cycle = findCycle(needs, (task) => !placed.has(task) && !cut.has(task));
    if (cycle === undefined)
      return { order: cycles.length === 0 ? order : order.filter((task) => !cut.has(task)), cycles };
    cycles.push(cycle);
    for (const task of cycle) cut.add(task);
  }
}

// Kahn's algorithm. Tasks that were cut count as done, so that further cycles come to light.
function sort(needs: Dependencies, cut: ReadonlySet<number>): readonly number[] {
  const missing = needs.map((before, task) => (cut.has(task) ? 0 : before.filter((other) => !cut.has(other)).length));
  const dependents = invertDependencies(needs);
  const ready = createRankedQueue();
  for (const [task, count] of missing.entries()) if (count === 0 && !cut.has(task)) ready.add(task);
  const order: number[] = [];
  for (let task = ready.take(); task !== undefined; task = ready.take()) {
    order.push(task);
    for (const after of dependents[task] ?? []) {
      if (cut.has(after)) continue;
      const left = (missing[after] ?? 0) - 1;
      missing[after] = left;
      if (left === 0) ready.add(after);
    }
  }
  return order;
}

// Every task that remains has a predecessor that remains: walking back from any of them ends in a cycle.
function findCycle(needs: Dependencies, remains: (task: number) => boolean): readonly number[] | undefined {
  const start = needs.findIndex((_, task) => remains(task));
  if (start < 0) return undefined;
  const path: number[] = [];
  const place = new Map<number, number>();
  let task: number | undefined = start;
  while (task !== undefined && !place.has(task)) {
    place.set(task, path.length);
    path.push(task);
    task = needs[task]?.find(remains);
  }
  if (task === undefined) return undefined;
  const cycle = path.slice(place.get(task)).reverse();
  const lowest = cycle.indexOf(Math.min(...cycle));
  return [...cycle.slice(lowest), ...cycle.slice(0, lowest)];
}

/** For each task, those that come after it. */
export function invertDependencies(needs: Dependencies): readonly (readonly number[])[] {
  const dependents: number[][] = needs.map(() => []);
  for (const [task, before] of needs.entries()) for (const other of before) dependents[other]?.push(task);
  return dependents;
}

export interface RankedQueue {
  add(task: number): void;
  /** Removes and returns the lowest number. */
  take(): number | undefined;
  peek(): number | undefined;
  clear(): void;
}

/** A binary heap of numbers. */
export function createRankedQueue(): RankedQueue {
  const heap: number[] = [];
  const at = (index: number): number => heap[index] ?? Infinity;
  const swap = (a: number, b: number): void => {
    const kept = at(a);
    heap[a] = at(b);
    heap[b] = kept;
  };
  return {
    add(task) {
      heap.push(task);
      for (let index = heap.length - 1; index > 0;) {
        const parent = (index - 1) >> 1;
        if (at(parent) <= at(index)) return;
        swap(parent, index);
        index = parent;
      }
    },
    take() {
      const first = heap[0];
      const last = heap.pop();
      if (heap.length === 0 || last === undefined) return first;
      heap[0] = last;
      for (let index = 0; ;) {
        const left = index * 2 + 1;
        const child = at(left + 1) < at(left) ? left + 1 : left;
        if (at(child) >= at(index)) return first;
        swap(child, index);
        index = child;
      }
    },
    peek: () => heap[0],
    clear() {
      heap.length = 0;
    },
  };
}
