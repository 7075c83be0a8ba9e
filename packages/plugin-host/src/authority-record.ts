// What the authority tells, as journal records. Hosts pass `(event) => journal.record(authorityRecord(event))` to it.
import type { JournalEntry } from "@crucible/audit";
import { formatScope, type AuthorityEvent } from "@crucible/capabilities";

/** The record of an approval, a grant, a raised limit or a violation. Arguments appear as the one-line summary that was shown. */
export function authorityRecord(event: AuthorityEvent): JournalEntry {
  const subject = { execution_id: event.executionId, version: null, invoker: null };
  switch (event.kind) {
    case "approval":
      return {
        ...subject,
        plugin: plainName(event.request.plugin.plugin),
        kind: "approval",
        capability: event.request.capability,
        operation: event.request.operation,
        summary: event.request.argumentSummary,
        on_behalf_of: event.request.onBehalfOf.map(({ plugin }) => plugin),
        answer: event.result.kind === "approved" ? event.result.choice : event.result.kind,
        by: "by" in event.result ? event.result.by : null,
        waited_ms: event.waitedMs,
      };
    case "grant":
      return {
        ...subject,
        plugin: plainName(event.grant.plugin),
        kind: "grant",
        change: event.grant.effect,
        grant: event.grant.id,
        capability: event.grant.capability,
        scope: formatScope(event.grant.scope),
        origin: event.grant.origin,
        ...(event.grant.expires === undefined ? {} : { expires: new Date(event.grant.expires).toISOString() }),
      };
    case "trust":
      return {
        execution_id: event.executionId,
        plugin: plainName(event.candidate.plugin),
        version: event.version,
        invoker: { kind: "user", name: event.by },
        kind: "plugin.trust",
        content_hash: event.candidate.hash,
        change: "trust",
        mode: "content",
        changes: event.changes,
      };
    case "limit":
      return {
        ...subject,
        plugin: plainName(event.plugin.plugin),
        kind: "limit.change",
        limit: event.change.name,
        from: event.change.from,
        to: event.change.to,
        approved_by: event.by,
      };
    case "security": {
      const callee = event.chain.at(-1);
      return {
        ...subject,
        plugin: callee === undefined ? null : plainName(callee.plugin),
        kind: "security",
        priority: event.priority,
        event: "capability-escalation",
        operation: event.request.operation,
        capability: event.request.capability,
        reason: event.reason,
        message: event.message,
        chain: event.chain.map(({ plugin }) => plugin),
        subject: event.request.subject?.value ?? null,
        attempts: event.attempts,
        quarantined: event.quarantined,
      };
    }
  }
}

/** Records name plugins as their manifests do; identities have the namespace before it. */
function plainName(identity: string): string {
  return identity.slice(identity.lastIndexOf("/") + 1);
}
