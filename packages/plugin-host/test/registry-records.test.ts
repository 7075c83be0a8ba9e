import type { FindingMemory, PluginHostOptions } from "@crucible/plugin-host";
import { fail, succeed, type Outcome } from "@crucible/sandbox";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lua, openHost } from "./host-subject.ts";

function memory(): FindingMemory & { text: string | undefined; writes: number } {
  const kept = {
    text: undefined as string | undefined,
    writes: 0,
    read: () => Promise.resolve(kept.text),
    write: (text: string) => {
      kept.text = text;
      kept.writes += 1;
      return Promise.resolve();
    },
  };
  return kept;
}

const names = ["a", "b", "c"];
/** What one process finds: in the system folder and in a kiln, each plugin whole, broken in one of two ways, or absent. */
const state = fc.constantFrom("absent", "absent", "whole", "one error", "other error");
const picture = fc.record({
  system: fc.array(state, { minLength: 3, maxLength: 3 }),
  kiln: fc.array(state, { minLength: 3, maxLength: 3 }),
});

function plugins({ system, kiln }: { readonly system: readonly string[]; readonly kiln: readonly string[] }) {
  const files: Record<string, string> = {};
  for (const [folder, states] of [
    ["/system", system],
    ["/kiln/plugins", kiln],
  ] as const) {
    for (const [index, each] of states.entries()) {
      const name = names[index] ?? "";
      if (each === "whole") files[`${folder}/${name}.lua`] = lua(name, "function main() end");
      if (each === "one error") files[`${folder}/${name}.lua`] = lua(name, "function main() end", "capabilites: []\n");
      if (each === "other error") files[`${folder}/${name}.lua`] = lua(name, "function main() end", "actoins: {}\n");
    }
  }
  return files;
}

describe("overrides and broken plugins", () => {
  test("are recorded when they are new since the scan before, whichever process it was", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(picture, { minLength: 1, maxLength: 4 }), async (pictures) => {
        const findingMemory = memory();
        let before = new Set<string>();
        for (const each of pictures) {
          const subject = await openHost(plugins(each), { findingMemory });
          const { overrides, broken } = subject.host.registry;
          const present = new Set([
            ...overrides.map(({ winner, loser, reason }) => `${winner.path} ${loser.path} ${reason}`),
            ...broken.map(({ path, error }) => `${path} ${error.message}`),
          ]);
          const recorded = subject.records.flatMap((record) => {
            if (record.kind === "plugin.override") return [`${record.winner} ${record.loser} ${record.reason}`];
            if (record.kind === "error")
              return [`${record.context?.slice("validation of ".length)} ${record.error.message}`];
            return [];
          });
          expect(recorded.toSorted()).toStrictEqual([...present].filter((name) => !before.has(name)).toSorted());
          await subject.dispose();
          before = present;
        }
      }),
      { numRuns: 12 },
    );
  });

  test("of one kiln are not forgotten because another one was open meanwhile", async () => {
    const findingMemory = memory();
    const broken = { "/kiln/plugins/a.lua": lua("a", "function main() end", "actoins: {}\n") };
    const elsewhere = { roots: [{ scope: "shared", path: "/other/plugins", home: "/other" }] } as const;
    const count = async (
      files: Readonly<Record<string, string>>,
      options: Partial<PluginHostOptions> = {},
    ): Promise<number> => {
      const subject = await openHost(files, { ...options, findingMemory });
      await subject.dispose();
      return subject.records.filter(({ kind }) => kind === "error").length;
    };
    expect(await count(broken)).toBe(1);
    expect(await count({ "/other/plugins/b.lua": "--- nothing" }, elsewhere)).toBe(1);
    expect(await count(broken)).toBe(0);
    expect(findingMemory.writes).toBe(2);
    // Repaired and broken again it is new.
    expect(await count({ "/kiln/plugins/a.lua": lua("a", "function main() end") })).toBe(0);
    expect(await count(broken)).toBe(1);
  });

  test.each([
    ["cannot be read", { read: () => Promise.reject(new Error("EIO")), write: () => Promise.resolve() }],
    ["cannot be written", { read: () => Promise.resolve(undefined), write: () => Promise.reject(new Error("EIO")) }],
    ["is damaged", { read: () => Promise.resolve('{"/kiln/plugins": 5, "x": [1'), write: () => Promise.resolve() }],
  ])("are recorded where the memory %s", async (_how, findingMemory) => {
    const subject = await openHost(
      { "/system/a.lua": lua("a", "function main() end", "actoins: {}\n") },
      { findingMemory },
    );
    expect(subject.records.map(({ kind }) => kind)).toStrictEqual(["error"]);
    await subject.dispose();
  });

  test("are not taken as recorded where the journal could not be written", async () => {
    const findingMemory = memory();
    const refused = (): Promise<Outcome<void>> => Promise.resolve(fail("audit/unwritable", "The disk is full"));
    const journal = { append: () => 1, flushed: refused, record: () => Promise.resolve(succeed(undefined)) };
    const files = { "/system/a.lua": lua("a", "function main() end", "actoins: {}\n") };
    await (await openHost(files, { findingMemory, journal })).dispose();
    expect(findingMemory.text).toBe(undefined);
  });
});
