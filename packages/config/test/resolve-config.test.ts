import fc from "fast-check";
import { formatSource, presentValue, resolveConfig, settingNames, settings, variableOf } from "@crucible/config";
import type { Config, ConfigInputs, Setting, SettingName, SettingValue } from "@crucible/config";
import { unwrap } from "@crucible/sandbox";
import { describe, expect, test } from "vitest";

const user = "/home/me/.config/crucible/config.toml";
const kiln = "/kiln/.crucible/config.toml";

function resolved(inputs: ConfigInputs): Config {
  return unwrap(resolveConfig(inputs));
}

function toml(values: Partial<Record<SettingName, SettingValue>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
    .join("\n");
}

/** A value that the setting accepts; paths are absolute, so that they stay as they are. */
function valueOf(setting: Setting): fc.Arbitrary<SettingValue> {
  switch (setting.type) {
    case "integer":
      return fc.integer({ min: setting.minimum, max: Math.min(setting.maximum, setting.minimum + 1_000_000) });
    case "flag":
      return fc.boolean();
    case "word":
      return fc.constantFrom(...setting.words);
    case "text":
      return fc.constantFrom(
        "",
        "/a",
        "/b c/d",
        ...(setting.path === true ? [] : ["https://a:b@c.example/d?e=f#g", 'say "ä"']),
      );
    case "list":
      return fc.subarray([...(setting.words ?? ["/a", "/b/c", "/d e"])]);
  }
}

const someValues: fc.Arbitrary<Partial<Record<SettingName, SettingValue>>> = fc
  .subarray([...settingNames])
  .chain((names) =>
    fc.record(Object.fromEntries(names.map((name) => [name, valueOf(settings[name])] as const)) as never),
  );

describe("resolveConfig", () => {
  test("gives the defaults, and says so, when nothing is set", () => {
    const { values, sources, warnings } = resolved({});
    for (const name of settingNames) {
      expect(values[name]).toEqual(settings[name].default);
      expect(sources[name]).toEqual([{ layer: "default" }]);
    }
    expect(warnings).toEqual([]);
  });

  test("takes flags before the environment before the kiln before the user's file before defaults", () => {
    const name = "limits.timeout_ms";
    const layers: ConfigInputs[] = [
      { user: { path: user, text: "[limits]\ntimeout_ms = 20000" } },
      { kiln: { path: kiln, text: "[limits]\n# less\ntimeout_ms = 10000" } },
      { environment: { CRUCIBLE_LIMITS_TIMEOUT_MS: "40000" } },
      { flags: { [name]: "50000" } },
    ];
    const seen = layers.map((_, index) => {
      const { values, sources } = resolved(Object.assign({}, ...layers.slice(0, index + 1)) as ConfigInputs);
      return [values[name], ...sources[name].map(formatSource)];
    });
    expect(seen).toEqual([
      [20_000, `${user}:2`],
      [10_000, `${kiln}:3`],
      [40_000, "CRUCIBLE_LIMITS_TIMEOUT_MS"],
      [50_000, "--config limits.timeout_ms"],
    ]);
  });

  test("the highest layer that names a setting decides it, whatever the others say", () => {
    fc.assert(
      fc.property(someValues, someValues, (inUser, inFlags) => {
        const { values, sources } = resolved({ user: { path: user, text: toml(inUser) }, flags: inFlags });
        for (const name of settingNames) {
          const expected = inFlags[name] ?? inUser[name] ?? settings[name].default;
          if (name === "capabilities.deny")
            expect([...values[name]].toSorted()).toEqual(
              [
                ...new Set([
                  ...((inUser[name] as string[] | undefined) ?? []),
                  ...((inFlags[name] as string[] | undefined) ?? []),
                ]),
              ].toSorted(),
            );
          else expect(values[name]).toEqual(expected);
          if (inFlags[name] !== undefined && name !== "capabilities.deny")
            expect(sources[name]).toEqual([{ layer: "flag", flag: name }]);
        }
      }),
    );
  });

  test("the same values mean the same as a file, as variables and as flags", () => {
    fc.assert(
      fc.property(someValues, (given) => {
        const environment = Object.fromEntries(
          Object.entries(given).map(([name, value]) => {
            const setting = name as SettingName;
            return [
              variableOf(setting),
              Array.isArray(value)
                ? value.join(setting === "discovery.plugins.additional_paths" ? ":" : ",")
                : String(value),
            ];
          }),
        );
        const byFile = resolved({ user: { path: user, text: toml(given) } }).values;
        expect(resolved({ environment }).values).toEqual(byFile);
        expect(resolved({ flags: given }).values).toEqual(byFile);
      }),
    );
  });

  test("a kiln's file never widens anything", () => {
    fc.assert(
      fc.property(someValues, someValues, (inUser, inKiln) => {
        const before = resolved({ user: { path: user, text: toml(inUser) } }).values;
        const { values, warnings } = resolved({
          user: { path: user, text: toml(inUser) },
          kiln: { path: kiln, text: toml(inKiln) },
        });
        for (const name of settingNames) {
          const power = settings[name].kiln;
          if (power === "nothing") expect(values[name]).toEqual(before[name]);
          if (power === "lower")
            expect(values[name]).toBe(Math.min(Number(before[name]), Number(inKiln[name] ?? before[name])));
          if (power === "raise")
            expect(values[name]).toBe(Math.max(Number(before[name]), Number(inKiln[name] ?? before[name])));
          if (power === "turn-off") expect(values[name]).toBe(before[name] === true && inKiln[name] !== false);
          if (power === "add") expect(values[name]).toEqual(expect.arrayContaining(before[name] as string[]));
          const wanted = inKiln[name];
          const got =
            power === "add" || wanted === undefined || JSON.stringify(values[name]) === JSON.stringify(wanted);
          if (!got) expect(warnings.map(({ message }) => message).join("\n")).toContain(`"${name}"`);
        }
      }),
    );
  });

  test("refuses what is unknown or wrong, all at once, each with its line and the word that was meant", () => {
    const text = [
      "[limits]",
      "timeout = 5",
      'memory_bytes = "64MB"',
      "",
      "[outpt]",
      'color = "auto"',
      "[output]",
      'format = "jsn"',
      "[cache]",
      "module_entries = 0",
      "[capabilities]",
      'deny = ["Network"]',
    ].join("\n");
    const outcome = resolveConfig({ user: { path: user, text } });
    const findings = outcome.ok ? [] : (outcome.error.details?.diagnostics ?? []);
    expect(
      findings.map(({ place, message, hint }) => `${place.line}: ${message}${hint === undefined ? "" : ` (${hint})`}`),
    ).toEqual([
      '2: Cannot use the setting "limits.timeout": there is none of this name (Did you mean "limits.timeout_ms"?)',
      '3: Cannot use the setting "limits.memory_bytes": it is the text "64MB", must be a whole number',
      '6: Cannot use the setting "outpt.color": there is none of this name (Did you mean "output.color"?)',
      '8: Cannot use the setting "output.format": it is the text "jsn", must be one of auto, table, plain, json (Did you mean "json"?)',
      '10: Cannot use the setting "cache.module_entries": it is 0, must be at least 1',
      expect.stringMatching(/^12: Cannot use the setting "capabilities.deny": "Network" is none of KilnRead/),
    ]);
  });

  test("bounds hold at the bound and not one past it", () => {
    for (const name of settingNames) {
      const setting = settings[name];
      if (setting.type !== "integer") continue;
      expect(resolveConfig({ flags: { [name]: setting.minimum } }).ok).toBe(true);
      expect(resolveConfig({ flags: { [name]: setting.maximum } }).ok).toBe(true);
      expect(resolveConfig({ flags: { [name]: setting.minimum - 1 } }).ok).toBe(false);
      expect(resolveConfig({ flags: { [name]: setting.maximum + 1 } }).ok).toBe(false);
    }
  });

  test("a syntax error has its line, and other variables of the environment are a warning", () => {
    const outcome = resolveConfig({ user: { path: user, text: "a = 1\nb = = 2" } });
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: "config/invalid", details: { place: { file: user, line: 2 } } },
    });
    const { warnings } = resolved({
      environment: { CRUCIBLE_LIMITS_TIMEOUT: "5", CRUCIBLE_HOME: "/x", CRUCIBLE_SECRET_TOKEN: "s", PATH: "/bin" },
    });
    expect(warnings).toMatchObject([{ severity: "warning", hint: 'Did you mean "CRUCIBLE_LIMITS_TIMEOUT_MS"?' }]);
    expect(resolveConfig({ environment: { CRUCIBLE_LIMITS_TIMEOUT_MS: "soon" } }).ok).toBe(false);
  });

  test("relative plugin folders of the user's file are relative to that file", () => {
    const { values } = resolved({
      user: { path: user, text: '[discovery.plugins]\nadditional_paths = ["more", "/abs"]' },
    });
    expect(values["discovery.plugins.additional_paths"]).toEqual(["/home/me/.config/crucible/more", "/abs"]);
  });

  test("texts are taken as they are, paths of the user's file relative to it, and a kiln sets none of them", () => {
    const { values, warnings } = resolved({
      environment: { CRUCIBLE_INDEX_POSTGRES_URL: "postgresql://ada:pa@ss@host:1/db" },
      user: { path: user, text: '[embedder]\nkind = "onnx"\nfolder = "models/small"\nmodel = ""\n' },
      kiln: { path: kiln, text: '[embedder]\nurl = "https://elsewhere.example/v1"\n' },
    });
    expect(values["embedder.folder"]).toBe("/home/me/.config/crucible/models/small");
    expect(values["embedder.url"]).toBe("");
    expect(warnings.map(({ message }) => message)).toStrictEqual([
      'Left "embedder.url" as it was: a kiln cannot set it',
    ]);
    expect(values["index.postgres_url"]).toBe("postgresql://ada:pa@ss@host:1/db");
  });

  test("passwords of addresses are not shown", () => {
    for (const [address, shown] of [
      ["postgresql://ada:secret@host:5432/db", "postgresql://ada:…@host:5432/db"],
      ["postgresql://ada:p@ss:w@host/db", "postgresql://ada:…@host/db"],
      ["postgresql://ada@host/db", "postgresql://ada@host/db"],
      ["postgresql://host:5432/a:b@c", "postgresql://host:5432/a:b@c"],
      ["", ""],
    ] as const)
      expect(presentValue("index.postgres_url", address)).toBe(shown);
    expect(presentValue("embedder.folder", "//a:b@c")).toBe("//a:b@c");
  });

  test("NO_COLOR turns colours off unless something says otherwise", () => {
    expect(resolved({ environment: { NO_COLOR: "1" } }).values["output.color"]).toBe("never");
    expect(resolved({ environment: { NO_COLOR: "" } }).values["output.color"]).toBe("auto");
    expect(resolved({ environment: { NO_COLOR: "1", CRUCIBLE_OUTPUT_COLOR: "always" } }).values["output.color"]).toBe(
      "always",
    );
  });

  test("never throws, whatever a file holds", () => {
    const word = fc.constantFrom(
      "[",
      "]",
      "limits",
      ".",
      "=",
      "timeout_ms",
      "1",
      '"',
      "\n",
      "{",
      "}",
      "__proto__",
      "#",
      "[[",
      "]]",
      "true",
      ",",
      "'''",
      '"""',
      "1979-05-27",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 200 }),
          fc.array(word, { maxLength: 40 }).map((words) => words.join("")),
        ),
        (text) => {
          const outcome = resolveConfig({ kiln: { path: kiln, text } });
          if (!outcome.ok) expect(outcome.error.details?.diagnostics?.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
