// Digests that stand in the journal instead of values: keyed, so that nobody can find out a secret or a short text by
// trying candidates against the log.
import type { JournalCrypto } from "./journal-powers.ts";

/** Makes digests of what must not be logged. */
export interface Digester {
  /** `hmac:` and 43 characters; equal content has equal digests within one installation. */
  digest(content: string | Uint8Array): string;
}

/** Makes a digester with a key of its own, derived from the journal's. */
export function createDigester(crypto: JournalCrypto, journalKey: Uint8Array): Digester {
  const key = new TextEncoder().encode(crypto.hmac(journalKey, "crucible-journal/1:digests"));
  return { digest: (content) => `hmac:${crypto.hmac(key, content)}` };
}
