// Keeps grants: the lasting ones in a versioned document outside of any kiln, those of a session in memory.
// What is kept there is re-read whenever it changed, so that a revocation counts for the next decision everywhere.
import { CrucibleError, fail, succeed, type Outcome } from "@crucible/sandbox";
import { checkGrant, grantContent, parseGrant, type Grant, type GrantDraft } from "./grant.ts";
import { indexGrants, joinGrants, noGrants, type GrantLookup } from "./grant-index.ts";
import type { CreateId, Now } from "./clock.ts";
import { outcomeOf, outcomeOfChange, typeDocument, type VersionedDocument } from "./versioned-document.ts";

/** Recorded grants and denials. */
export interface GrantStore {
  /**
   * What counts now, lasting and of sessions.
   *
   * @returns `grants/unreadable` when the document is corrupt: nothing may be allowed then
   * Cost: two `stat` calls while nothing changed, else one reading of the document
   */
  lookup(): Outcome<GrantLookup>;
  /** All grants, the oldest first, expired ones included. */
  list(): Outcome<readonly Grant[]>;
  /** Records a grant; durable when it resolves, unless it belongs to a session. An equal one is returned instead. */
  add(draft: GrantDraft): Promise<Outcome<Grant>>;
  /** Takes a grant back, effective for the next decision in every process. `host/not-found` for an unknown id. */
  revoke(id: string): Promise<Outcome<Grant>>;
}

/** The largest number of lasting grants; more are refused rather than slowing everything down. */
const maxGrants = 100_000;

/** Opens a store upon a document. */
export function createGrantStore(document: VersionedDocument, now: Now, createId: CreateId): GrantStore {
  const typed = typeDocument<readonly Grant[]>(document, {
    format: "crucible-grants/1",
    empty: [],
    parse: parseGrants,
  });
  let session: readonly Grant[] = [];
  let sessionLookup: GrantLookup = noGrants;
  let indexed: readonly Grant[] | undefined;
  let lookup: GrantLookup = noGrants;

  const setSession = (grants: readonly Grant[]): void => {
    session = grants;
    sessionLookup = indexGrants(grants);
    indexed = undefined;
  };
  return {
    lookup: () =>
      outcomeOf(() => {
        const grants = typed.read();
        if (grants !== indexed) {
          lookup = session.length === 0 ? indexGrants(grants) : joinGrants(indexGrants(grants), sessionLookup);
          indexed = grants;
        }
        return lookup;
      }),
    list: () => outcomeOf(() => [...typed.read(), ...session]),
    add: async (draft) => {
      const wrong = checkGrant(draft);
      if (wrong !== undefined) return fail("host/invalid-argument", `Cannot record grant: ${wrong}`);
      const grant: Grant = { ...draft, id: createId(), created: now() };
      const content = grantContent(grant);
      const equal = (other: Grant): boolean => grantContent(other) === content;
      if (draft.session !== undefined) {
        const existing = session.find(equal);
        if (existing !== undefined) return succeed(existing);
        setSession([...session, grant]);
        return succeed(grant);
      }
      return outcomeOfChange(async () => {
        const grants = await typed.update((all) => {
          if (all.some(equal)) return all;
          if (all.length >= maxGrants)
            throw new CrucibleError("host/invalid-argument", `Cannot record grant: there are ${maxGrants} already`);
          return [...all, grant];
        });
        return grants.find(equal) ?? grant;
      });
    },
    revoke: (id) =>
      outcomeOfChange(async () => {
        const mine = session.find((grant) => grant.id === id);
        if (mine !== undefined) {
          setSession(session.filter((grant) => grant.id !== id));
          return mine;
        }
        let found: Grant | undefined;
        await typed.update((all) => {
          const hit = all.find((grant) => grant.id === id);
          found ??= hit;
          return hit === undefined ? all : all.filter((grant) => grant.id !== id);
        });
        if (found === undefined)
          throw new CrucibleError("host/not-found", `Cannot revoke grant "${id}": there is none with this id`);
        return found;
      }),
  };
}

function parseGrants(content: unknown): readonly Grant[] {
  if (!Array.isArray(content)) throw new CrucibleError("grants/unreadable", "its grants are not a list");
  return content.map((raw: unknown, index) => {
    const parsed = parseGrant(raw);
    if (!parsed.ok) throw new CrucibleError("grants/unreadable", `grant ${index + 1}: ${parsed.error.message}`);
    return parsed.value;
  });
}
