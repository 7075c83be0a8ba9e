// A world for runs: a clock that moves only when nothing else can happen, timers, and actions that take time and fail as told.
import {
  createInvocation,
  fail,
  object,
  succeed,
  unwrap,
  type InvocationHandle,
  type NestedRequest,
  type Outcome,
  type ProgressReport,
  type Value,
  type ValueObject,
} from "@crucible/sandbox";
import {
  createRun,
  readWorkflow,
  type Run,
  type RunCall,
  type RunOptions,
  type TaskEnd,
  type Workflow,
} from "@crucible/stdlib-workflow";

export interface ActionCall {
  readonly action: string;
  readonly params: Value;
  readonly request: NestedRequest;
  readonly started: number;
}

/** What an action or a function does: how long it takes and how it ends. */
export interface Behaviour {
  readonly ms?: number;
  readonly outcome: Outcome<Value>;
}

export interface World {
  readonly calls: ActionCall[];
  readonly progress: ProgressReport[];
  /** Actions that run now, and the most that ever did. */
  readonly load: { now: number; most: number };
  time: number;
  startTimer: RunOptions["startTimer"];
  call(store?: RunCall["store"]): RunCall;
  /** Executes to the end, running functions with `behave`. */
  execute(run: Run, store?: RunCall["store"]): Promise<Outcome<ValueObject>>;
}

/** `behave` is asked for each attempt of an action (by its reference) or a function (by the task's name). */
export function createWorld(behave: (name: string, attempt: number, params: Value) => Behaviour): World {
  const timers: { at: number; run: () => void }[] = [];
  const world: World = {
    calls: [],
    progress: [],
    load: { now: 0, most: 0 },
    time: 1_000_000,
    startTimer: (delayMs, run) => {
      const timer = { at: world.time + delayMs, run };
      timers.push(timer);
      return () => {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
      };
    },
    call: (store) => ({
      now: () => world.time,
      random: () => 0.5,
      progress: (report) => void world.progress.push(report),
      invoke: ({ action = "" }, params, request) => invoke(action, params, request),
      ...(store === undefined ? {} : { store }),
    }),
    execute: async (run, store) => {
      let ended: TaskEnd | undefined;
      for (;;) {
        const step = await settled(run.advance(world.call(store), ended));
        if (!step.ok) return step;
        if (step.value.kind === "report") return succeed(step.value.report);
        const { ms = 0, outcome } = behave(
          step.value.task,
          step.value.attempt,
          object([
            ["inputs", step.value.inputs],
            ["outputs", step.value.outputs],
          ]),
        );
        world.time += ms;
        ended = outcome;
      }
    },
  };

  const invoke = (action: string, params: Value, request: NestedRequest): InvocationHandle => {
    const control = createInvocation(`call-${world.calls.length}`);
    world.calls.push({ action, params, request, started: world.time });
    world.load.now += 1;
    world.load.most = Math.max(world.load.most, world.load.now);
    let done = false;
    const end = (outcome: Outcome<Value>): void => {
      if (done) return;
      done = true;
      world.load.now -= 1;
      control.settle(outcome);
    };
    const { ms = 0, outcome } = behave(action, request.attempt ?? 1, params);
    const cancel = world.startTimer(ms, () => end(outcome));
    control.signal.addEventListener("abort", () => {
      cancel();
      end(fail("invocation/cancelled", "The invocation was cancelled"));
    });
    return control.handle;
  };

  // Lets everything happen that can, then moves the clock to the next timer, until the promise settles.
  const settled = async <T>(promise: Promise<T>): Promise<T> => {
    let open = true;
    const watched = promise.finally(() => {
      open = false;
    });
    for (;;) {
      for (let turn = 0; open && turn < 200; turn += 1) await Promise.resolve();
      if (!open) return watched;
      const next = timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) throw new Error("The run waits for nothing");
      timers.splice(timers.indexOf(next), 1);
      world.time = Math.max(world.time, next.at);
      next.run();
    }
  };
  return world;
}

/** Reads a definition written as plain data. */
export function workflowOf(definition: ValueObject): Workflow {
  const read = readWorkflow(definition);
  if (!read.ok) throw new Error(read.findings.map(({ message }) => message).join("; "));
  return read.workflow;
}

export async function executeIn(
  world: World,
  definition: ValueObject,
  options: Partial<RunOptions> = {},
): Promise<ValueObject> {
  const run = createRun(workflowOf(definition), {
    parallel: false,
    concurrency: 4,
    idPrefix: "test",
    startTimer: world.startTimer,
    ...options,
  });
  return unwrap(await world.execute(run));
}
