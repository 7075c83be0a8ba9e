// Public names of @crucible/capabilities.
export { capabilityTable, protectedFolders, type CapabilityEntry, type Risk } from "./capability-table.ts";
export { dimensions, isDimensionName, type DimensionName, type DimensionRule } from "./dimension.ts";
export {
  formatScope,
  parseClaim,
  parseScope,
  scopeCovers,
  scopeIncludes,
  scopeOfTarget,
  scopeTouches,
  wholeScope,
  type CapabilityClaim,
  type Scope,
  type ScopeTarget,
} from "./scope.ts";
export { classifyAddress, isPrivateHostName, type AddressClass } from "./private-host.ts";
export { targetOfSubject } from "./authority-target.ts";
export {
  anyPlugin,
  checkGrant,
  grantApplies,
  parseGrant,
  samePlugin,
  type Grant,
  type GrantDraft,
  type GrantOrigin,
  type GrantQuery,
  type PluginIdentity,
} from "./grant.ts";
export { indexGrants, joinGrants, noGrants, type GrantLookup } from "./grant-index.ts";
export { decide, type AuthorityQuery, type Decision, type Principal } from "./decide.ts";
export type { CreateId, Now, StartTimer } from "./clock.ts";
export { createMemoryDocument, type DocumentSnapshot, type VersionedDocument } from "./versioned-document.ts";
export { openDocument } from "./versioned-document-node.ts";
export { createGrantStore, type GrantStore } from "./grant-store.ts";
export { createLimitStore, type LimitAgreement, type LimitStore } from "./limit-store.ts";
export type { RunContext } from "./ask-about-plugin.ts";
export type { LimitGate, RaiseRequest } from "./limit-gate.ts";
export type { TrustGate, TrustRequest } from "./trust-gate.ts";
export {
  createQuarantine,
  defaultQuarantinePolicy,
  noteViolation,
  type Quarantine,
  type QuarantineEntry,
  type QuarantinePolicy,
} from "./quarantine.ts";
export {
  approvalOptions,
  type ApprovalChoice,
  type ApprovalOption,
  type ApprovalRequest,
  type ApprovalResult,
} from "./approval-request.ts";
export {
  createApprovalBroker,
  defaultApprovalTimeoutMs,
  type ApprovalAnswer,
  type ApprovalBroker,
  type ApprovalDraft,
  type ApprovalPresenter,
  type AskOptions,
  type BrokerPowers,
} from "./approval-broker.ts";
export { plainLine, remedyCommand } from "./prompt-text.ts";
export {
  createAuthority,
  type Authority,
  type AuthorityContext,
  type AuthorityEvent,
  type AuthorityPowers,
  type Verdict,
} from "./authority.ts";
export {
  assessTrust,
  compareDemands,
  raisedLimits,
  type DemandChange,
  type PluginDemands,
  type RaisedLimit,
  type TrustAssessment,
  type TrustCandidate,
  type TrustRecord,
} from "./trust.ts";
export { createTrustStore, type TrustStore } from "./trust-store.ts";
export { createRateLimiter, type RateLimiter } from "./rate-limit.ts";
