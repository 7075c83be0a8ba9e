// The effects of the functions in declaration.ts: executions that are under way, each for the invocation that began it.
import type {
  AuthorityRequest,
  HostArguments,
  HostCallContext,
  HostModule,
  Outcome,
  Value,
  ValueObject,
} from "@crucible/sandbox";
import { fail, isErrorCode, isObject, object, succeed, textArgument } from "@crucible/sandbox";
import { callHostFunction } from "./call-host-function.ts";
import { workflowDeclaration } from "./declaration.ts";
import { readWorkflow } from "./read-workflow.ts";
import { decodeRecords, type TaskRecord } from "./run-record.ts";
import { createRun, type Run, type RunCall, type Step, type TaskEnd } from "./run-workflow.ts";
import type { StepLog, StepStore } from "./step-store.ts";
import { field, type Finding, type Workflow } from "./workflow.ts";

export interface WorkflowPowers {
  /** Starts a timer and returns what stops it. */
  readonly startTimer: (delayMs: number, run: () => void) => () => void;
  /** Where runs that have a name keep their steps; without it they are refused. */
  readonly steps?: StepStore;
  /** Tasks that may run at once in one workflow; 4 by default. */
  readonly maxConcurrency?: number;
}

/** Makes the module. Executions end with the invocation that began them. */
export function createWorkflows({ startTimer, steps, maxConcurrency = 4 }: WorkflowPowers): HostModule {
  const executions = new Map<string, Execution>();
  let begun = 0;

  const begin = async (args: HostArguments, call: HostCallContext): Promise<Outcome<Execution>> => {
    const read = readDefinition(args, call);
    if (!read.ok) return read;
    const workflow = read.value;
    const options = readOptions(args);
    const runName = field(options, "run");
    const isNamed = typeof runName === "string";
    let log: StepLog | undefined;
    let records: TaskRecord[] | undefined;
    if (isNamed) {
      if (steps === undefined)
        return fail("host/unavailable", `Cannot store the steps of run "${runName}": this host keeps no state`);
      const opened = await steps.open(call, { workflow: workflow.name, run: runName }, options["restart"] === true);
      if (!opened.ok) return opened;
      const decoded = decodeRecords(workflow, opened.value.kept);
      if (!decoded.ok) return decoded;
      records = decoded.value;
      log = opened.value;
    }
    const wanted = field(options, "max_concurrency");
    const id = `${call.invocation.executionId}/${(begun += 1)}`;
    const run = createRun(workflow, {
      parallel: options["parallel"] === true,
      concurrency: Math.min(
        maxConcurrency,
        workflow.maxConcurrency ?? maxConcurrency,
        typeof wanted === "number" ? wanted : maxConcurrency,
      ),
      inputs: options["inputs"] ?? null,
      idPrefix: isNamed ? `${workflow.name}/${runName}` : id,
      startTimer,
      ...(records === undefined ? {} : { records }),
    });
    const forget = (): void => {
      call.signal.removeEventListener("abort", forget);
      executions.delete(id);
      run.dispose();
    };
    const execution: Execution = {
      forget,
      id,
      run,
      log,
      executionId: call.invocation.executionId,
    };
    if (call.signal.aborted) run.dispose();
    else call.signal.addEventListener("abort", forget, { once: true });
    executions.set(id, execution);
    return succeed(execution);
  };

  const find = (args: HostArguments, call: HostCallContext): Outcome<Execution> => {
    const id = textArgument(args, "run");
    const execution = executions.get(id);
    return execution === undefined || execution.executionId !== call.invocation.executionId
      ? fail(
          "host/invalid-argument",
          `Cannot find the execution "${id}": it has ended, or this invocation did not begin it`,
        )
      : succeed(execution);
  };

  const advance = async (
    { forget, run, log }: Execution,
    call: HostCallContext,
    ended?: TaskEnd,
  ): Promise<Outcome<Step>> => {
    const step = await run.advance(runCall(call, startTimer, log), ended);
    if (!step.ok || step.value.kind === "report") forget();
    return step;
  };

  // Storing is a change, which is journalled before it happens; steps that change nothing are not held up by that.
  const advanceWith = async (
    args: HostArguments,
    call: HostCallContext,
    isStored: boolean,
  ): Promise<Outcome<Value>> => {
    const execution = find(args, call);
    if (!execution.ok) return execution;
    if ((execution.value.log !== undefined) !== isStored)
      return fail(
        "host/invalid-argument",
        `Cannot go on: an execution ${isStored ? "without" : "with"} a run goes on with ${isStored ? "advance" : "advance_stored"}`,
      );
    const ended = field(args, "ended");
    const step = await advance(
      execution.value,
      call,
      ended === undefined || !isObject(ended) ? undefined : readEnd(ended),
    );
    return step.ok ? succeed(stepToValue(step.value)) : step;
  };

  const authority = (args: HostArguments, call: HostCallContext): Outcome<readonly AuthorityRequest[]> => {
    const read = readDefinition(args, call);
    if (!read.ok) return read;
    const runName = field(readOptions(args), "run");
    return succeed([
      ...actionRequests(read.value),
      ...(typeof runName === "string" ? [storeRequest(read.value, runName)] : []),
    ]);
  };

  return {
    declaration: workflowDeclaration,
    functions: {
      check: {
        run: (args, call) => {
          const read = readWorkflow(args["definition"] ?? null, call.host?.modules);
          return succeed(read.ok ? [] : read.findings.map(findingToValue));
        },
      },
      order: {
        run: (args, call) => {
          const read = readDefinition(args, call);
          return read.ok ? succeed(read.value.tasks.map(({ name }) => name)) : read;
        },
      },
      begin: {
        authority,
        run: async (args, call) => {
          const execution = await begin(args, call);
          return execution.ok ? succeed(execution.value.id) : execution;
        },
      },
      advance: { run: (args, call) => advanceWith(args, call, false) },
      advance_stored: { run: (args, call) => advanceWith(args, call, true) },
      cancel: {
        run: (args, call) => {
          const execution = find(args, call);
          if (!execution.ok) return execution;
          const reason = field(args, "reason");
          execution.value.run.cancel(typeof reason === "string" ? reason : "the plugin cancelled it");
          return succeed(null);
        },
      },
      execute: {
        authority,
        run: async (args, call) => {
          const read = readDefinition(args, call);
          if (!read.ok) return read;
          const own = read.value.tasks.find(({ action }) => action === undefined);
          if (own !== undefined)
            return fail(
              "host/invalid-argument",
              `Cannot execute "${read.value.name}" here: task "${own.name}" is a function, which only the plugin can run`,
            );
          const execution = await begin(args, call);
          if (!execution.ok) return execution;
          const step = await advance(execution.value, call);
          if (!step.ok) return step;
          return succeed(step.value.kind === "report" ? step.value.report : null);
        },
      },
    },
  };
}

/** Findings that stand in the message of a failure. */
const maxTold = 20;

interface Execution {
  readonly id: string;
  readonly run: Run;
  /** Where its steps are stored. */
  readonly log: StepLog | undefined;
  readonly executionId: string;
  /** Ends it, if it has not ended. */
  forget(): void;
}

function readDefinition(args: HostArguments, call: HostCallContext): Outcome<Workflow> {
  const read = readWorkflow(args["definition"] ?? null, call.host?.modules);
  if (read.ok) return succeed(read.workflow);
  // All of them are in the details, and in what check answers.
  const told = read.findings.slice(0, maxTold).map(({ message }) => message);
  const more = read.findings.length - told.length;
  return fail("host/invalid-argument", [...told, ...(more > 0 ? [`and ${more} more`] : [])].join("; "), {
    findings: read.findings,
  });
}

function readOptions(args: HostArguments): ValueObject {
  const options = field(args, "options");
  return options !== undefined && isObject(options) ? options : object([]);
}

// One question for each plugin whose actions are named.
function actionRequests({ name, tasks }: Workflow): readonly AuthorityRequest[] {
  const byPlugin = new Map<string, string[]>();
  for (const { action, hostFunction } of tasks) {
    // A function of the host is decided when it is called, as if the plugin itself had called it.
    if (action === undefined || hostFunction !== undefined) continue;
    const { plugin } = splitAction(action);
    byPlugin.set(plugin, [...(byPlugin.get(plugin) ?? []), action]);
  }
  return [...byPlugin].map(([plugin, actions]) => ({
    capability: "PluginInvoke",
    operation: "workflow.begin",
    subject: { kind: "plugin", value: plugin },
    argumentSummary: `workflow "${name}" calls ${[...new Set(actions)].join(", ")}`,
  }));
}

function storeRequest({ name }: Workflow, runName: string): AuthorityRequest {
  return {
    capability: "StateManage",
    operation: "workflow.begin",
    subject: { kind: "key", value: `workflow/${name}/${runName}` },
    argumentSummary: `store the steps of workflow "${name}", run "${runName}"`,
  };
}

/** `namespace/plugin.action@range` is the action of `namespace/plugin@range`. The form was checked when it was read. */
function splitAction(reference: string): { readonly plugin: string; readonly action: string } {
  const at = reference.indexOf("@");
  const path = at < 0 ? reference : reference.slice(0, at);
  const dot = path.lastIndexOf(".");
  return { plugin: path.slice(0, dot) + (at < 0 ? "" : reference.slice(at)), action: path.slice(dot + 1) };
}

function runCall(call: HostCallContext, startTimer: WorkflowPowers["startTimer"], log: StepLog | undefined): RunCall {
  return {
    now: call.now,
    random: call.random,
    invoke: (task, params, request) => {
      if (task.hostFunction !== undefined)
        return callHostFunction(call, startTimer, task.hostFunction, params, request.timeoutMs);
      const { plugin, action } = splitAction(task.action ?? "");
      return call.invoker.invoke(plugin, action, params, { ...request, signal: call.signal });
    },
    progress: call.progress,
    ...(log === undefined
      ? {}
      : {
          store: {
            append: (record, whole) => log.append(call, record, whole),
            replace: (whole) => log.replace(call, whole),
            forget: () => log.forget(call),
          },
        }),
  };
}

// Only codes that exist are believed; what a function raises by itself is an exception of the guest.
function readEnd(ended: ValueObject): TaskEnd {
  const error = field(ended, "error");
  if (error === undefined) return succeed(field(ended, "output") ?? null);
  const { code, message } = isObject(error) ? error : object([["message", error]]);
  return fail(
    typeof code === "string" && isErrorCode(code) ? code : "guest/exception",
    typeof message === "string" ? message : "The function failed without saying why",
  );
}

function findingToValue({ code, message, tasks }: Finding): Value {
  return object([
    ["code", code],
    ["message", message],
    ["tasks", tasks],
  ]);
}

function stepToValue(step: Step): Value {
  if (step.kind === "report") return object([["report", step.report]]);
  return object([
    ["task", step.task],
    ["attempt", step.attempt],
    ["inputs", step.inputs],
    ["outputs", step.outputs],
  ]);
}
