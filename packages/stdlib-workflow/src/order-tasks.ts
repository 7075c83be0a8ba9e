// Topological order of a graph of tasks, and the cycles that stand in its way. Both are the same for the same definition.

/** A task by number, with the numbers of those that come before it. */
export type Dependencies = readonly (readonly number[])[];

export interface Ordering {
  /** Every task that no cycle blocks; among those that could come next, the lowest number first. */
  readonly order: readonly number[];
  /** One path for each cycle that had to be cut before the rest could be ordered; starts with its lowest number. */
  readonly cycles: readonly (readonly number[])[];
}

/** Orders tasks. Takes O((n + e) log n), and the length of the way to each cycle. */
export function orderTasks(needs: Dependencies): Ordering {
  const missing = needs.map((before) => before.length);
  const dependents = invertDependencies(needs);
  const isDone = needs.map(() => false);
  const ready = createRankedQueue();
  const order: number[] = [];
  const cycles: (readonly number[])[] = [];
  // Kahn's algorithm: what is done sets free what waited for it alone.
  const finish = (task: number): void => {
    isDone[task] = true;
    for (const after of dependents[task] ?? []) {
      const left = (missing[after] ?? 0) - 1;
      missing[after] = left;
      if (left === 0 && isDone[after] === false) ready.add(after);
    }
  };
  for (const [task, count] of missing.entries()) if (count === 0) ready.add(task);
  const findCycle = createCycleFinder(needs, isDone);
  for (;;) {
    for (let task = ready.take(); task !== undefined; task = ready.take()) {
      order.push(task);
      finish(task);
    }
    const cycle = findCycle();
    if (cycle === undefined) return { order, cycles };
    // Its tasks count as done, so that further cycles come to light.
    cycles.push(cycle);
    for (const task of cycle) isDone[task] = true;
    for (const task of cycle) finish(task);
  }
}

// Every task that remains has a predecessor that remains: walking back from any of them ends in a cycle. What is done stays
// so, and no look at it is repeated.
function createCycleFinder(needs: Dependencies, isDone: readonly boolean[]): () => readonly number[] | undefined {
  let start = 0;
  const looked = needs.map(() => 0);
  const previous = (task: number): number | undefined => {
    const before = needs[task] ?? [];
    let at = looked[task] ?? 0;
    while (at < before.length && isDone[before[at] ?? -1] !== false) at += 1;
    looked[task] = at;
    return before[at];
  };
  return () => {
    while (start < needs.length && isDone[start] !== false) start += 1;
    if (start >= needs.length) return undefined;
    const path: number[] = [];
    const place = new Map<number, number>();
    let task: number | undefined = start;
    while (task !== undefined && !place.has(task)) {
      place.set(task, path.length);
      path.push(task);
      task = previous(task);
    }
    if (task === undefined) return undefined;
    const cycle = path.slice(place.get(task)).reverse();
    let lowest = 0;
    for (const [at, each] of cycle.entries()) if (each < (cycle[lowest] ?? 0)) lowest = at;
    return [...cycle.slice(lowest), ...cycle.slice(0, lowest)];
  };
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
