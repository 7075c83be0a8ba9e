// Public names of @crucible/sandbox.
export type {
  ErrorValue,
  ErrorDetails,
  LimitReport,
  SourcePlace,
  StackFrame,
  Diagnostic,
  Outcome,
  Success,
  FailureOutcome,
} from "./outcome.ts";
export { CrucibleError, fail, succeed, toErrorValue, unwrap } from "./outcome.ts";
export type { ErrorCode, ErrorCodeEntry } from "./error-code.ts";
export { errorCodes, isErrorCode } from "./error-code.ts";
export type { LimitEntry, LimitName, Limits } from "./limits.ts";
export { defaultLimits, isLimitName, limitNames, limitTable } from "./limits.ts";
export type { CapabilityName } from "./capability-name.ts";
export { capabilityNames, isCapabilityName } from "./capability-name.ts";
export type { Value, ValueKind, ValueObject } from "./value.ts";
export {
  emptyObject,
  equalValues,
  Float,
  float,
  int,
  isIntNumber,
  isObject,
  kindOf,
  object,
  valueMapping,
} from "./value.ts";
export { crossingBounds, resultBounds } from "./boundary-bounds.ts";
export type { CodecBounds } from "./value-codec.ts";
export { decodeValue, defaultCodecBounds, encodeValue, valueTag } from "./value-codec.ts";
export { viewEncoded } from "./encoded-value.ts";
export { luaMethods } from "./lua-methods.ts";
export { formatJson, fromPlain, parseJson, toPlain } from "./value-json.ts";
export type {
  AuthorityRequest,
  AuthoritySubject,
  HostArguments,
  HostCallContext,
  HostFunction,
  HostFunctionDeclaration,
  HostFunctionExample,
  HostFunctions,
  HostModule,
  HostModuleDeclaration,
  HostParameter,
  HostTypeDeclaration,
  JsonSchema,
  Language,
  LogLevel,
  ProgressReport,
  SubjectKind,
} from "./host-module.ts";
export {
  checkHostModule,
  hostFailureDetails,
  listHostFunctions,
  mergeHostModules,
  textArgument,
} from "./host-module.ts";
export type { InvocationContext, Invoker } from "./invocation-context.ts";
export { contextToValue, rootContext } from "./invocation-context.ts";
export type {
  InvocationControl,
  InvocationEvent,
  InvocationHandle,
  InvocationUsage,
  NestedRequest,
  PluginInvoker,
} from "./invocation.ts";
export { LazyAbort } from "./lazy-abort.ts";
export { abortError, cancelledError, createInvocation, nestedContext, settledInvocation } from "./invocation.ts";
export type {
  ActionSignature,
  Artifact,
  Backend,
  BackendFeatures,
  CallRequest,
  HostAnswer,
  HostCallHandler,
  HostCallRequest,
  Instance,
  InstanceOptions,
  LibrarySource,
  SourceUnit,
} from "./backend.ts";
