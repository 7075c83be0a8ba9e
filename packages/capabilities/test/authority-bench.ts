// A gate with everything around it in memory, and the questions and callers that its tests share.
import {
  createApprovalBroker,
  createAuthority,
  createGrantStore,
  createLimitStore,
  createMemoryDocument,
  createQuarantine,
  type ApprovalAnswer,
  type ApprovalPresenter,
  type ApprovalRequest,
  type Authority,
  type AuthorityContext,
  type AuthorityEvent,
  type AuthorityPowers,
  type CapabilityClaim,
  type GrantStore,
  type LimitStore,
  type Principal,
} from "@crucible/capabilities";
import { type AuthorityRequest, type CapabilityName } from "@crucible/sandbox";
import { createCounter, createVirtualTime } from "./virtual-time.ts";

export interface Bench {
  readonly authority: Authority;
  readonly grants: GrantStore;
  readonly limits: LimitStore;
  readonly events: AuthorityEvent[];
  readonly notices: AuthorityEvent[];
  readonly prompts: ApprovalRequest[];
  readonly time: ReturnType<typeof createVirtualTime>;
  answer(presenter: ApprovalPresenter): void;
}

export function setUp(more: Partial<AuthorityPowers> = {}): Bench {
  const time = createVirtualTime(1_000);
  const broker = createApprovalBroker({
    now: time.now,
    startTimer: time.startTimer,
    createId: createCounter("question"),
  });
  const grants = more.grants ?? createGrantStore(createMemoryDocument(), time.now, createCounter("grant"));
  const limits = more.limits ?? createLimitStore(createMemoryDocument(), time.now, createCounter("agreement"));
  const events: AuthorityEvent[] = [];
  const notices: AuthorityEvent[] = [];
  const prompts: ApprovalRequest[] = [];
  const authority = createAuthority({
    grants,
    limits,
    quarantine: createQuarantine(createMemoryDocument(), time.now),
    broker,
    now: time.now,
    record: (event) => void events.push(event),
    notify: (event) => void notices.push(event),
    ...more,
  });
  return {
    authority,
    grants,
    limits,
    events,
    notices,
    prompts,
    time,
    answer: (presenter) =>
      void broker.attach((request, signal) => {
        prompts.push(request);
        return presenter(request, signal);
      }),
  };
}

export const always =
  (choice: ApprovalAnswer["choice"]): ApprovalPresenter =>
  () =>
    Promise.resolve({ choice, by: "me" });
export const principal = (plugin: string, ...claims: CapabilityClaim[]): Principal => ({
  plugin,
  home: "system",
  claims,
});
export const whole = (...names: CapabilityName[]): CapabilityClaim[] => names.map((name) => ({ name, scope: {} }));
export const context = (chain: readonly Principal[], more: Partial<AuthorityContext> = {}): AuthorityContext => ({
  chain,
  description: "keeps citations",
  executionId: "e1",
  session: null,
  ...more,
});
export const write = (path = "a.md"): AuthorityRequest => ({
  capability: "KilnWrite",
  operation: "crucible.write_note",
  subject: { kind: "note", value: path },
  argumentSummary: `write note "${path}"`,
});
export const fetchUrl = (
  value = "http://example.com/",
  capability: CapabilityName = "NetworkHttp",
): AuthorityRequest => ({
  capability,
  operation: "crucible.http.get",
  subject: { kind: "url", value, method: "GET" },
  argumentSummary: `fetch ${value}`,
});
export const writer = principal("writer", ...whole("KilnWrite"));
