// The host API is the same in every language: any sequence of calls has the answers, the effects and the journal that it
// has without a guest. Languages that agree with the host agree with each other.
import { kilnApiDeclaration } from "@crucible/kiln-api";
import { hostCoreDeclaration } from "@crucible/host-core";
import {
  Float,
  formatJson,
  isObject,
  mergeHostModules,
  object,
  type HostModuleDeclaration,
  type Outcome,
  type Value,
} from "@crucible/sandbox";
import fc from "fast-check";
import { assertThat } from "../assertion.ts";
import { createConceptEmbedder } from "../concept-embedder.ts";
import { openHost, type TestHost } from "../open-host.ts";
import type { ConformanceSubject, ConformanceTarget } from "../target.ts";
import { arbitraryCall, type HostApiCall, type ValuesByName } from "./arbitrary-call.ts";
import { createDirectBackend } from "./direct-backend.ts";
import { dispatchProgram } from "./dispatch-program.ts";

/** One comparison, for test runners that want a test for each. */
export interface HostApiCase {
  readonly title: string;
  /** Rejects with the first call whose answers differ. */
  readonly run: () => Promise<void>;
}

const declared: HostModuleDeclaration = mergeHostModules(
  "crucible",
  "All of it.",
  [kilnApiDeclaration, hostCoreDeclaration].map((declaration) => ({ declaration, functions: {} })),
).declaration;

const notes: Readonly<Record<string, string>> = {
  "a.md": "---\nkind: idea\nyear: 1843\ntags: [book]\n---\n# Alpha\n\nA bicycle and [[b]], ä 🚲 #wheel\n",
  "f/b.md": "# Beta\n\nA ship, [[a|first]] and [[nowhere]].\n",
  "f/g/c.md": "No front matter, a bread. [to a](../../a.md)\n",
};

const note = fc.constantFrom<Value>(
  "a.md",
  "a",
  "f/b.md",
  "f/g/c",
  "new.md",
  "f/new",
  "missing.md",
  "../out.md",
  ".git/x",
);
const folder = fc.constantFrom<Value>("", "f", "f/g", "missing", "../out");
const known: ValuesByName = {
  path: note,
  new_path: note,
  start: note,
  folder,
  folders: fc.array(folder, { minLength: 1, maxLength: 2 }),
  key: fc.constantFrom<Value>("a", "b", "ä", "__proto__"),
  expected_hash: fc.constantFrom<Value>(null, "0".repeat(64)),
  name: fc.constantFrom<Value>("nobody", "nobody.at-all"),
  tags: fc.constantFrom<Value>(["book"], ["wheel"], ["none"]),
  query: fc.constantFrom<Value>("bicycle", "vessel", "loaf first", "nowhere"),
};

/** The comparisons for one target. They need what the feature `kilns` gives; a language without a program has none. */
export function hostApiCases(
  target: ConformanceTarget,
  options: { readonly runs?: number } = {},
): readonly HostApiCase[] {
  const code = dispatchProgram(target.language, declared);
  if (code === undefined) return [];
  const compare =
    (calls: fc.Arbitrary<HostApiCall>, runs: number): (() => Promise<void>) =>
    async () => {
      const subject = await target.open();
      try {
        await fc.assert(
          fc.asyncProperty(fc.array(calls, { minLength: 8, maxLength: 24 }), async (given) =>
            sameAnswers(subject, code, given),
          ),
          // Each try opens two hosts: a sequence that fails is shown as it is.
          { numRuns: options.runs ?? runs, endOnFailure: true },
        );
      } finally {
        await subject.dispose();
      }
    };
  return [
    {
      title: "any sequence of host calls has the answers, the effects and the journal that it has without a guest",
      run: compare(arbitraryCall(declared.functions, known), 6),
    },
    ...declared.functions.map((each) => ({
      title: `${declared.name}.${each.name} answers as it does without a guest, whatever it is given`,
      run: compare(arbitraryCall([each], known), 1),
    })),
  ];
}

async function sameAnswers(subject: ConformanceSubject, code: string, calls: readonly HostApiCall[]): Promise<void> {
  const direct = await open({ ...subject, backend: createDirectBackend(declared.name) }, "");
  const guest = await open(subject, code);
  try {
    for (const call of calls) {
      const [expected, answered] = [await invoke(direct, call), await invoke(guest, call)].map(describe);
      assertThat(answered === expected, `${show(call)} answers ${answered} instead of ${expected}`);
    }
    const [wanted, journalled] = [direct, guest].map(journalOf);
    assertThat(journalled === wanted, `The journal has ${journalled} instead of ${wanted}`);
    const [left, found] = [await contents(direct), await contents(guest)];
    assertThat(found === left, `The kiln holds ${found} instead of ${left}`);
  } finally {
    await direct.dispose();
    await guest.dispose();
  }
}

async function open(subject: ConformanceSubject, code: string): Promise<TestHost> {
  return openHost(subject, {
    notes,
    embedder: createConceptEmbedder(),
    answer: "always",
    plugins: [
      {
        manifest: {
          name: "caller",
          description: "Calls",
          capabilities: ["KilnRead", "KilnWrite", "StateManage", "Secrets", "PluginInvoke"],
          parameters: { type: "object" },
        },
        code,
      },
    ],
  });
}

async function invoke(test: TestHost, { name, args }: HostApiCall): Promise<Outcome<Value>> {
  return test.invoke(
    "caller",
    object([
      ["name", name],
      ["args", args],
      ["count", args.length],
    ]),
  );
}

function describe(outcome: Outcome<Value>): string {
  return outcome.ok ? formatJson(comparable(outcome.value)) : `${outcome.error.code}: ${outcome.error.message}`;
}

/** Times are not the same twice; a collection without members has no type of its own in every language. */
const times: ReadonlySet<string> = new Set(["created", "modified", "deadline", "trashed"]);

function comparable(value: Value): Value {
  if (value instanceof Float || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.length === 0 ? object([]) : (value as readonly Value[]).map(comparable);
  if (typeof value === "number" && value > 1e12) return "a time";
  if (value === null || !isObject(value)) return value;
  const entries = Object.entries(value).filter(([key]) => !times.has(key));
  return object(entries.map(([key, each]) => [key, comparable(each)] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What crossed the boundary, as the host saw it: digests tell arguments apart that look alike. */
function journalOf(test: TestHost): string {
  const calls = test.records.flatMap((each) =>
    each.kind === "host.call" ? [`${each.function} ${each.arguments} ${each.decision} ${each.status}`] : [],
  );
  return calls.join("\n");
}

async function contents(test: TestHost): Promise<string> {
  const listed = await test.kiln.listNotes("", { recursive: true });
  const paths = listed.ok ? listed.value.notes.map(({ path }) => path) : [];
  const texts = [];
  for (const path of [...paths, ".crucible/plugin-state/caller.json"]) {
    const file = await test.files.read(path, 1_000_000);
    texts.push([path, file.ok ? new TextDecoder().decode(file.value.bytes) : null]);
  }
  return JSON.stringify(texts);
}

function show({ name, args }: HostApiCall): string {
  return `${name}(${args.map((each) => formatJson(each)).join(", ")})`;
}
