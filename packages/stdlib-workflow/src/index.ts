// Public names of @crucible/stdlib-workflow.
export type { Finding, Importance, RetryPolicy, Task, TaskState, Workflow, WorkflowStatus } from "./workflow.ts";
export { permanentFailures } from "./workflow.ts";
export type { WorkflowResult } from "./read-workflow.ts";
export { readWorkflow } from "./read-workflow.ts";
export type { Dependencies, Ordering } from "./order-tasks.ts";
export { orderTasks } from "./order-tasks.ts";
export { canRetry, retryDelay } from "./retry-delay.ts";
export type { Schedule, ScheduleOptions } from "./schedule.ts";
export { createSchedule } from "./schedule.ts";
export type { Run, RunCall, RunOptions, RunStore, Step, TaskEnd } from "./run-workflow.ts";
export { createRun } from "./run-workflow.ts";
export type { AttemptRecord, TaskRecord } from "./run-record.ts";
export { decodeRecords } from "./run-record.ts";
export type { FileStepStoreOptions, RunName, StepFiles, StepLog, StepStore } from "./step-store.ts";
export { createFileStepStore } from "./step-store.ts";
export type { WorkflowPowers } from "./workflows.ts";
export { createWorkflows } from "./workflows.ts";
export { workflowDeclaration } from "./declaration.ts";
