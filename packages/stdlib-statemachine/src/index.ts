// Public names of @crucible/stdlib-statemachine.
export { checkMachine, isDone, reachableLeaves } from "./check-machine.ts";
export { drawDot, drawMermaid } from "./draw-machine.ts";
export type { Finding, FindingCode, Machine, State, Transition } from "./machine.ts";
export type { ReadMachine } from "./read-machine.ts";
export { renderSvg } from "./render-svg.ts";
export { createSvgRenderer } from "./svg-renderer-node.ts";
export type { Snapshot, Step } from "./snapshot.ts";
export { readStateChange, type StateChange } from "./state-change.ts";
export { createStateMachines, type StateMachinesOptions } from "./state-machines.ts";
export { eventsOf, planEvent, planStart, type Call, type Plan } from "./step-machine.ts";
export { createStateStorage, type MachineStorage } from "./storage.ts";
export { fromXState, toXState, type Converted } from "./xstate.ts";
