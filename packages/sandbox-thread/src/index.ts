// Public names of @crucible/sandbox-thread.
export type {
  CompiledSource,
  CreateEngine,
  Engine,
  Guest,
  GuestCall,
  GuestOutcome,
  HostBridge,
  HostReply,
  LoadOptions,
} from "./engine.ts";
export { GuestInterrupted } from "./engine.ts";
export type { JobReport, PoolObserver, PoolOptions, PoolStats, ThreadPool } from "./pool.ts";
export { createThreadPool } from "./pool.ts";
export type { SpawnOptions, ThreadPowers, Timer, WorkerPort } from "./powers.ts";
export type { NodeThreadOptions } from "./powers-node.ts";
export { createNodeThreadPowers } from "./powers-node.ts";
export type { Snapshot } from "./snapshot.ts";
export { takeSnapshot } from "./snapshot.ts";
export type { ThreadBackendOptions } from "./thread-backend.ts";
export { createThreadBackend } from "./thread-backend.ts";
