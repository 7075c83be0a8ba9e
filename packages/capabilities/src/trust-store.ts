// Keeps trust records in a versioned document outside of any kiln.
import { CrucibleError, isLimitName, succeed, type LimitName, type Outcome } from "@crucible/sandbox";
import type { CreateId, Now } from "./clock.ts";
import { parseClaim } from "./scope.ts";
import { assessTrust, type TrustAssessment, type TrustCandidate, type TrustRecord } from "./trust.ts";
import { outcomeOf, outcomeOfChange, typeDocument, type VersionedDocument } from "./versioned-document.ts";

/** Recorded trust. */
export interface TrustStore {
  /** Whether a plugin may run, and what changed if not. `grants/unreadable` when nobody can tell. */
  assess(candidate: TrustCandidate): Outcome<TrustAssessment>;
  list(): Outcome<readonly TrustRecord[]>;
  /** Records trust in exactly this content, or in the user's own edits at its path; durable when it resolves. */
  trust(
    candidate: TrustCandidate,
    mode: TrustRecord["mode"],
    origin: TrustRecord["origin"],
  ): Promise<Outcome<TrustRecord>>;
  /** Takes all trust in a plugin back; the records that were removed. */
  distrust(plugin: string, home: string): Promise<Outcome<readonly TrustRecord[]>>;
}

/** Opens a store upon a document. */
export function createTrustStore(document: VersionedDocument, now: Now, createId: CreateId): TrustStore {
  const typed = typeDocument<readonly TrustRecord[]>(document, {
    format: "crucible-trust/1",
    empty: [],
    parse: parseRecords,
  });
  const list = (): Outcome<readonly TrustRecord[]> => outcomeOf(() => typed.read());
  return {
    list,
    assess: (candidate) => {
      const records = list();
      return records.ok ? succeed(assessTrust(records.value, candidate)) : records;
    },
    trust: (candidate, mode, origin) =>
      outcomeOfChange(async () => {
        const { plugin, home, path, hash, claims, dependencies, limits } = candidate;
        const record: TrustRecord = {
          id: createId(),
          plugin,
          home,
          path,
          hash,
          claims,
          dependencies,
          limits,
          mode,
          origin,
          created: now(),
        };
        // An author's record replaces the one before it; older contents stay trusted, so that going back does not ask.
        const replaces = (other: TrustRecord): boolean =>
          other.plugin === plugin &&
          other.home === home &&
          other.mode === mode &&
          (mode === "author" ? other.path === path : other.hash === hash);
        await typed.update((all) =>
          all.some(({ id }) => id === record.id) ? all : [...all.filter((other) => !replaces(other)), record],
        );
        return record;
      }),
    distrust: (plugin, home) =>
      outcomeOfChange(async () => {
        let removed: readonly TrustRecord[] = [];
        await typed.update((all) => {
          removed = all.filter((record) => record.plugin === plugin && record.home === home);
          return removed.length === 0 ? all : all.filter((record) => !removed.includes(record));
        });
        return removed;
      }),
  };
}

function parseRecords(content: unknown): readonly TrustRecord[] {
  if (!Array.isArray(content)) throw new CrucibleError("grants/unreadable", "its records are not a list");
  return content.map((raw: unknown, index) => parseRecord(raw, index));
}

function parseRecord(raw: unknown, index: number): TrustRecord {
  const wrong = (what: string): CrucibleError => new CrucibleError("grants/unreadable", `record ${index + 1}: ${what}`);
  if (typeof raw !== "object" || raw === null) throw wrong("it is not an object");
  const entry: { readonly [key: string]: unknown } = { ...raw };
  const { id, plugin, home, path, hash, claims, dependencies, limits, mode, origin, created } = entry;
  if (
    typeof id !== "string" ||
    typeof plugin !== "string" ||
    typeof home !== "string" ||
    typeof path !== "string" ||
    typeof hash !== "string"
  )
    throw wrong("it has no id, plugin, home, path or hash");
  if (mode !== "content" && mode !== "author") throw wrong(`there is no mode "${String(mode)}"`);
  if (origin !== "prompt" && origin !== "command" && origin !== "install")
    throw wrong(`there is no origin "${String(origin)}"`);
  if (typeof created !== "number" || !Array.isArray(claims)) throw wrong("it has no date or no claims");
  const parsedClaims = claims.map((claim: unknown) => {
    const parsed = parseClaim(claim);
    if (!parsed.ok) throw wrong(parsed.error.message);
    return parsed.value;
  });
  const parsedDependencies: Record<string, string> = {};
  for (const [name, range] of Object.entries(asRecord(dependencies) ?? {})) {
    if (typeof range !== "string") throw wrong("a dependency has no range");
    parsedDependencies[name] = range;
  }
  const parsedLimits: { [Name in LimitName]?: number } = {};
  for (const [name, value] of Object.entries(asRecord(limits) ?? {})) {
    if (!isLimitName(name) || typeof value !== "number") throw wrong(`limit "${name}" is unknown or no number`);
    parsedLimits[name] = value;
  }
  return {
    id,
    plugin,
    home,
    path,
    hash,
    claims: parsedClaims,
    dependencies: parsedDependencies,
    limits: parsedLimits,
    mode,
    origin,
    created,
  };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
