// Laws of the requirement "Plugin Discovery and Loading".
import { formatJson, isObject, object, type Value } from "@crucible/sandbox";
import fc from "fast-check";
import { assertSuccess, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost, type PluginText } from "../open-host.ts";

const name = fc.stringMatching(/^[a-z]{3,8}(-[a-z0-9]{1,4})?$/).map((word) => `x-${word}`);

export const pluginDiscoveryAndLoadingLaws: readonly Law[] = [
  law("MS-02.1", {
    checks: "of generated plugins in all scopes every valid one is registered with its metadata, and no wrong one is",
    proves: [3, 4, 5],
    programs: ["echo", "syntax error"],
    run: async ({ subject, source, holds }) => {
      const found = fc.record({
        name,
        scope: fc.constantFrom("system", "configured", "shared", "personal"),
        description: fc.stringMatching(/^[A-Za-z ]{1,30}$/).map((text) => `D${text.trim()}`),
        valid: fc.boolean(),
      });
      await holds(
        fc.asyncProperty(fc.uniqueArray(found, { selector: (each) => each.name, maxLength: 6 }), async (entries) => {
          const plugins = entries.map((each): PluginText => ({
            manifest: { name: each.name, description: each.description },
            scope: each.scope,
            code: source(each.valid ? "echo" : "syntax error"),
          }));
          const test = await openHost(subject, { plugins });
          const registered = test.host.registry.active.map(
            ({ manifest }) => `${manifest.name}: ${manifest.description}`,
          );
          const expected = entries.filter(({ valid }) => valid).map((each) => `${each.name}: ${each.description}`);
          assertThat(
            registered.join() === expected.toSorted(compareNames).join(),
            `Registered are ${registered.join()}, should be ${expected.join()}`,
          );
          await test.dispose();
        }),
        8,
      );
    },
  }),

  law("MS-02.2", {
    checks:
      "of two namesakes the kiln's one runs, whatever their versions; the override is journalled with winner and loser",
    proves: "all",
    programs: ["describe context"],
    run: async ({ subject, source, holds }) => {
      const version = fc.constantFrom("0.1.0", "1.0.0", "9.0.0");
      await holds(
        fc.asyncProperty(version, version, async (own, ofKiln) => {
          const manifest = { name: "teller", description: "Tells who it is" };
          const code = source("describe context");
          const test = await openHost(subject, {
            plugins: [
              { manifest: { ...manifest, version: own }, code },
              { manifest: { ...manifest, version: ofKiln }, code, scope: "configured" },
            ],
          });
          assertThat(versionOf(assertSuccess(await test.invoke("teller", object([])))) === ofKiln, "The wrong one ran");
          const [override] = test.records.filter((each) => each.kind === "plugin.override");
          assertThat(
            override?.kind === "plugin.override" &&
              override.winner.startsWith("/configured/") &&
              override.loser.startsWith("/system/") &&
              override.reason === "scope",
            `The journal says ${JSON.stringify(override)}`,
          );
          const [listed] = test.host.registry.active;
          assertThat(listed?.root.scope === "configured", "The list shows another source");
          await test.dispose();
        }),
        6,
      );
    },
  }),

  law("MS-02.3", {
    checks:
      "after any series of edits a call runs the newest version, and one that began before an edit ends on its own",
    proves: [2, 3, 4],
    programs: ["describe context"],
    run: async ({ subject, source, holds }) => {
      const code = source("describe context");
      const text = (version: number): PluginText => ({
        manifest: { name: "teller", description: "Tells who it is", version: `${version}.0.0` },
        code,
      });
      await holds(
        fc.asyncProperty(fc.integer({ min: 1, max: 5 }), async (edits) => {
          const test = await openHost(subject, { plugins: [text(0)] });
          for (let edit = 1; edit <= edits; edit++) {
            const before = test.invoke("teller", object([]));
            test.put(text(edit));
            await test.host.reload();
            const after = test.invoke("teller", object([]));
            const seen = [versionOf(assertSuccess(await before)), versionOf(assertSuccess(await after))];
            assertThat(
              seen.join() === `${edit - 1}.0.0,${edit}.0.0`,
              `Around edit ${edit} the versions ${seen.join()} ran`,
            );
          }
          const reloads = test.records.filter(({ kind }) => kind === "plugin.reload").length;
          assertThat(reloads === edits, `${edits} edits gave ${reloads} records`);
          await test.dispose();
        }),
        6,
      );
    },
  }),

  law("MS-02.4", {
    checks: "a plugin with a syntax error is no tool, its finding is journalled with its line, and its neighbours run",
    proves: "all",
    programs: ["echo", "syntax error"],
    run: async ({ subject, source }) => {
      const test = await openHost(subject, {
        plugins: [
          { manifest: { name: "wrong", description: "Does not parse" }, code: source("syntax error") },
          { manifest: { name: "right", description: "Parses", parameters: { type: "object" } }, code: source("echo") },
        ],
      });
      const { active, broken } = test.host.registry;
      assertThat(active.length === 1 && active[0]?.manifest.name === "right", "The wrong plugins are registered");
      const [finding] = broken;
      const place = finding?.error.details?.place ?? finding?.error.details?.diagnostics?.[0]?.place;
      assertThat(place !== undefined && place.line >= 5, `The finding has the place ${JSON.stringify(place)}`);
      const logged = test.records.some((each) => each.kind === "error" && each.plugin === "wrong");
      assertThat(logged, "The journal does not have the failure");
      const [candidate] = broken.flatMap(({ plugin }) => (plugin === undefined ? [] : [plugin]));
      assertThat(candidate !== undefined, "What was found is not there to be validated again");
      const { error } = await test.host.check(candidate);
      assertThat(error?.code.startsWith("compile/") === true, `Validating says ${String(error?.code)}`);
      assertThat(!(await test.invoke("wrong", object([]))).ok, "What does not parse ran");
      assertValue(await test.invoke("right", object([["a", 1]])), object([["a", 1]]));
      await test.dispose();
    },
  }),
];

function compareNames(a: string, b: string): number {
  const [first = "", second = ""] = [a.split(":")[0], b.split(":")[0]];
  return first < second ? -1 : first > second ? 1 : 0;
}

function versionOf(context: Value): string {
  const version = isObject(context) ? context["version"] : undefined;
  assertThat(typeof version === "string", `The context is ${formatJson(context)}`);
  return version;
}
