// Small records for the tests of this package.
import { noSubject, type JournalEntry } from "@crucible/audit";

/** A small record that says which one it is. */
export const entry = (
  name: string,
  more: Partial<Extract<JournalEntry, { kind: "plugin.load" }>> = {},
): JournalEntry => ({
  ...noSubject,
  kind: "plugin.load",
  content_hash: name,
  path: "/p",
  scope: "system",
  ...more,
});

/** A record that has to be durable before it is acknowledged. */
export const security = (name: string): JournalEntry => ({
  ...noSubject,
  kind: "security",
  priority: "high",
  event: name,
  operation: "crucible.http.get",
  capability: "NetworkHttp",
  reason: "undeclared",
  message: "Grüße, 世界 🌍",
  chain: [],
  subject: null,
});
