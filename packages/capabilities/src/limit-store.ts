// Keeps what a person agreed to about limits above the defaults, in a versioned document outside of any kiln.
import { CrucibleError, isLimitName, limitNames, type LimitName, type Limits, type Outcome } from "@crucible/sandbox";
import type { CreateId, Now } from "./clock.ts";
import { samePlugin, type PluginIdentity } from "./grant.ts";
import { outcomeOf, outcomeOfChange, typeDocument, type VersionedDocument } from "./versioned-document.ts";

/** One agreement: the plugin may set these limits up to these values. */
export interface LimitAgreement extends PluginIdentity {
  readonly id: string;
  readonly limits: Partial<Limits>;
  readonly origin: "prompt" | "command";
  /** Unix milliseconds. */
  readonly created: number;
  /** Unix milliseconds from which it no longer counts. Absent: for ever. */
  readonly expires?: number;
}

/** Recorded agreements. */
export interface LimitStore {
  /** The highest values that are agreed to now; limits without an agreement are absent. `grants/unreadable` when nobody can tell. */
  agreed(plugin: PluginIdentity): Outcome<Partial<Limits>>;
  list(): Outcome<readonly LimitAgreement[]>;
  /** Records an agreement; durable when it resolves. An equal one is returned instead. */
  add(draft: Omit<LimitAgreement, "id" | "created">): Promise<Outcome<LimitAgreement>>;
  /** Takes an agreement back, effective for the next invocation in every process. `host/not-found` for an unknown id. */
  revoke(id: string): Promise<Outcome<LimitAgreement>>;
}

/** Opens a store upon a document. */
export function createLimitStore(document: VersionedDocument, now: Now, createId: CreateId): LimitStore {
  const typed = typeDocument<readonly LimitAgreement[]>(document, {
    format: "crucible-limits/1",
    empty: [],
    parse: parseAgreements,
  });
  return {
    agreed: (plugin) =>
      outcomeOf(() => {
        const time = now();
        const highest: { [Name in LimitName]?: number } = {};
        for (const agreement of typed.read()) {
          if (!samePlugin(agreement, plugin) || (agreement.expires ?? Infinity) <= time) continue;
          for (const name of limitNames) highest[name] = Math.max(highest[name] ?? 0, agreement.limits[name] ?? 0);
        }
        return highest;
      }),
    list: () => outcomeOf(() => typed.read()),
    add: (draft) =>
      outcomeOfChange(async () => {
        const agreement: LimitAgreement = { ...draft, id: createId(), created: now() };
        const all = await typed.update((kept) =>
          kept.some((one) => same(one, agreement)) ? kept : [...kept, agreement],
        );
        return all.find((one) => same(one, agreement)) ?? agreement;
      }),
    revoke: (id) =>
      outcomeOfChange(async () => {
        let found: LimitAgreement | undefined;
        await typed.update((all) => {
          const hit = all.find((agreement) => agreement.id === id);
          found ??= hit;
          return hit === undefined ? all : all.filter((agreement) => agreement.id !== id);
        });
        if (found === undefined)
          throw new CrucibleError("host/not-found", `Cannot revoke "${id}": there is no agreement with this id`);
        return found;
      }),
  };
}

/** The same content, whatever its id, origin and date. */
function same(left: LimitAgreement, right: LimitAgreement): boolean {
  return (
    samePlugin(left, right) &&
    left.expires === right.expires &&
    limitNames.every((name) => left.limits[name] === right.limits[name])
  );
}

function parseAgreements(content: unknown): readonly LimitAgreement[] {
  if (!Array.isArray(content)) throw new CrucibleError("grants/unreadable", "its agreements are not a list");
  return content.map((raw: unknown, index) => parseAgreement(raw, index));
}

// Anything unexpected is refused: a record that is not understood must not count.
function parseAgreement(raw: unknown, index: number): LimitAgreement {
  const wrong = (what: string): CrucibleError =>
    new CrucibleError("grants/unreadable", `agreement ${index + 1}: ${what}`);
  if (typeof raw !== "object" || raw === null) throw wrong("it is not an object");
  const { id, plugin, home, limits, origin, created, expires }: { readonly [key: string]: unknown } = { ...raw };
  if (typeof id !== "string" || typeof plugin !== "string" || typeof home !== "string")
    throw wrong("it has no id, plugin or home");
  if (origin !== "prompt" && origin !== "command") throw wrong(`there is no origin "${String(origin)}"`);
  if (typeof created !== "number" || !(expires === undefined || typeof expires === "number"))
    throw wrong("created or expires is not a number");
  if (typeof limits !== "object" || limits === null) throw wrong("it has no limits");
  const parsed: { [Name in LimitName]?: number } = {};
  for (const [name, value] of Object.entries(limits)) {
    if (!isLimitName(name) || typeof value !== "number" || !Number.isFinite(value))
      throw wrong(`limit "${name}" is unknown or no number`);
    parsed[name] = value;
  }
  return { id, plugin, home, limits: parsed, origin, created, ...(expires === undefined ? {} : { expires }) };
}
