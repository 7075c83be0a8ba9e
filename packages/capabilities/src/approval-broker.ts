// Brings questions to people and answers back: asked → approved | denied | timed out | cancelled | unattended | settled.
// Each question ends exactly once. Front ends attach as presenters, or read `pending` and call `answer`.
import type { ApprovalChoice, ApprovalRequest, ApprovalResult } from "./approval-request.ts";
import type { CreateId, Now, StartTimer } from "./clock.ts";

/** A question before it has an id and a deadline. */
export type ApprovalDraft = Omit<ApprovalRequest, "id" | "expires">;

/** What a front end says. `by` names who answered, for the journal. */
export interface ApprovalAnswer {
  readonly choice: ApprovalChoice;
  readonly by: string;
}

/**
 * Shows one question to a person. `signal` is aborted when the question ended otherwise and the prompt has to go away.
 * Resolving with nothing leaves the question open (for others, or for the time-out); rejecting denies it.
 */
export type ApprovalPresenter = (request: ApprovalRequest, signal: AbortSignal) => Promise<ApprovalAnswer | undefined>;

export interface AskOptions {
  /** Questions with the same key that are open at once are one question; absent: never shared. */
  readonly key?: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
  /** Asked again after each answer to another question: a decision makes this one superfluous. */
  readonly recheck?: () => boolean | undefined;
}

/** Asks people. One per host; every front end and every approval goes through it. */
export interface ApprovalBroker {
  /** Asks and waits. Never rejects. Without any front end the answer is `unattended` at once. */
  ask(draft: ApprovalDraft, options?: AskOptions): Promise<ApprovalResult>;
  /** Questions that are open now, the oldest first. */
  pending(): readonly ApprovalRequest[];
  /** Answers an open question; false where it is not open any more or does not offer the choice. */
  answer(id: string, answer: ApprovalAnswer): boolean;
  /** Adds a front end; open questions are shown to it. The returned function removes it. */
  attach(presenter: ApprovalPresenter): () => void;
  /** Lets every open question look again at whether it is still needed. */
  recheck(): void;
  /** Ends all open questions as cancelled and refuses further ones. */
  dispose(): void;
}

export interface BrokerPowers {
  readonly now: Now;
  readonly startTimer: StartTimer;
  readonly createId: CreateId;
  /** Milliseconds until no answer is a denial. */
  readonly timeoutMs?: number;
}

/** How long a person has, unless configured otherwise (specification: "User approval prompt"). */
export const defaultApprovalTimeoutMs = 30_000;

/** Makes a broker. */
export function createApprovalBroker(powers: BrokerPowers): ApprovalBroker {
  const { now, startTimer, createId, timeoutMs = defaultApprovalTimeoutMs } = powers;
  const open = new Map<string, OpenQuestion>();
  const byKey = new Map<string, OpenQuestion>();
  const presenters = new Set<ApprovalPresenter>();
  let disposed = false;

  const settle = (question: OpenQuestion, result: ApprovalResult): void => {
    if (!open.delete(question.request.id)) return;
    if (question.key !== undefined) byKey.delete(question.key);
    question.stopTimer();
    question.abort.abort();
    question.resolve(result);
  };
  const answer = (question: OpenQuestion, { choice, by }: ApprovalAnswer): boolean => {
    if (!open.has(question.request.id) || !question.request.options.some((option) => option.choice === choice))
      return false;
    settle(question, choice === "deny" ? { kind: "denied", by } : { kind: "approved", choice, by });
    return true;
  };
  const present = (question: OpenQuestion, presenter: ApprovalPresenter): void => {
    // A front end is outside code: whatever it throws denies, and an answer that was not offered is a failure as well.
    const shown = Promise.resolve().then(() => presenter(question.request, question.abort.signal));
    shown.then(
      (given) => {
        if (given !== undefined && open.has(question.request.id) && !answer(question, given))
          settle(question, {
            kind: "failed",
            message: `the front end answered "${String(given.choice)}", which was not offered`,
          });
      },
      (error: unknown) =>
        settle(question, { kind: "failed", message: error instanceof Error ? error.message : String(error) }),
    );
  };

  const ask = (draft: ApprovalDraft, options: AskOptions): Promise<ApprovalResult> => {
    if (disposed || options.signal?.aborted === true) return Promise.resolve({ kind: "cancelled" });
    const shared = options.key === undefined ? undefined : byKey.get(options.key);
    const question = shared ?? start(draft, options);
    if (question === undefined) return Promise.resolve({ kind: "unattended" });
    question.waiting += 1;
    return new Promise<ApprovalResult>((resolve) => {
      const leave = (): void => {
        question.waiting -= 1;
        if (question.waiting === 0) settle(question, { kind: "cancelled" });
        resolve({ kind: "cancelled" });
      };
      options.signal?.addEventListener("abort", leave, { once: true });
      void question.result.then((result) => {
        options.signal?.removeEventListener("abort", leave);
        resolve(result);
      });
    });
  };
  const start = (draft: ApprovalDraft, options: AskOptions): OpenQuestion | undefined => {
    if (presenters.size === 0) return undefined;
    const request: ApprovalRequest = { ...draft, id: createId(), expires: now() + timeoutMs };
    let resolve: (result: ApprovalResult) => void = () => {};
    const result = new Promise<ApprovalResult>((settled) => {
      resolve = settled;
    });
    const question: OpenQuestion = {
      request,
      key: options.key,
      recheck: options.recheck,
      abort: new AbortController(),
      result,
      resolve,
      stopTimer: () => {},
      waiting: 0,
    };
    open.set(request.id, question);
    if (options.key !== undefined) byKey.set(options.key, question);
    question.stopTimer = startTimer(timeoutMs, () => settle(question, { kind: "timed-out" }));
    for (const presenter of presenters) present(question, presenter);
    return question;
  };

  return {
    ask: (draft, options = {}) => ask(draft, options),
    pending: () => [...open.values()].map(({ request }) => request),
    answer: (id, given) => {
      const question = open.get(id);
      return question !== undefined && answer(question, given);
    },
    attach: (presenter) => {
      presenters.add(presenter);
      for (const question of open.values()) present(question, presenter);
      return () => {
        presenters.delete(presenter);
        // Nobody is left who could answer: waiting for the time-out would help nobody.
        if (presenters.size === 0) for (const question of open.values()) settle(question, { kind: "unattended" });
      };
    },
    recheck: () => {
      for (const question of open.values()) {
        const allowed = question.recheck?.();
        if (allowed !== undefined) settle(question, { kind: "settled", allowed });
      }
    },
    dispose: () => {
      disposed = true;
      for (const question of open.values()) settle(question, { kind: "cancelled" });
      presenters.clear();
    },
  };
}

interface OpenQuestion {
  readonly request: ApprovalRequest;
  readonly key: string | undefined;
  readonly recheck: (() => boolean | undefined) | undefined;
  readonly abort: AbortController;
  readonly result: Promise<ApprovalResult>;
  readonly resolve: (result: ApprovalResult) => void;
  stopTimer: () => void;
  /** Callers that wait for the answer. */
  waiting: number;
}
