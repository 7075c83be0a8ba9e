import { afterAll, beforeAll, expect, test } from "vitest";
import type { CruSubject } from "./cru-subject.ts";
import { createCruSubject } from "./cru-subject.ts";

let subject: CruSubject;
beforeAll(() => {
  subject = createCruSubject();
});
afterAll(() => subject.dispose());

test("a kiln makes the policies stricter, never looser, and the configuration says so", async () => {
  const { cru, kiln, putPlugin, write } = subject;
  putPlugin("tries", "function main() return crucible.write_note('x', 'y') end");
  write(
    "kiln/.crucible/config.toml",
    "[quarantine]\nattempts = 2\nwindow_ms = 1000\n[metrics]\nalert_minimum = 2\nwindow_ms = 1000\n",
  );
  const shown = await cru(["--json", "config", "show", "--sources"]);
  const from = `${kiln}/.crucible/config.toml`;
  expect(JSON.parse(shown.stdout)).toMatchObject({
    "quarantine.attempts": { value: 2, sources: [`${from}:2`] },
    "quarantine.window_ms": { value: 86_400_000, sources: ["default"] },
    "metrics.alert_minimum": { value: 2, sources: [`${from}:5`] },
    "metrics.window_ms": { value: 300_000, sources: ["default"] },
  });
  expect(shown.stderr).toContain('Left "quarantine.window_ms" as it was: the kiln asks for 1000, which is less than');
  const first = await cru(["run", "tries"]);
  const second = await cru(["run", "tries"]);
  expect([first.code, second.code]).toStrictEqual([4, 4]);
  expect([first.stderr, second.stderr].map((text) => text.includes("quarantined now"))).toStrictEqual([false, true]);
  expect((await cru(["run", "tries"])).stderr).toContain("capability/quarantined");
  expect((await cru(["plugins", "stats"])).stdout).toMatch(/^tries\t2\t2\t100% !\t/m);
  expect((await cru(["doctor"])).stdout).toContain("these failed in the last minutes: tries (2 of 2)");
});

test("what is broken or stands before another is in the journal once", async () => {
  const { cru, putPlugin, write } = subject;
  putPlugin("twice", "function main() end");
  write(
    "kiln/plugins/twice.lua",
    "--[[\n---\nname: twice\ndescription: The kiln's\nlanguage: lua\n---\n]]\nfunction main() end\n",
  );
  write("kiln/plugins/broken.lua", "--[[\n---\nname: broken\n");
  for (let times = 0; times < 2; times++) await cru(["plugins", "list"]);
  const count = async (kind: string, plugin: string): Promise<number> =>
    (JSON.parse((await cru(["--json", "audit", "query", "--kind", kind, "--plugin", plugin])).stdout) as unknown[])
      .length;
  expect(await count("plugin.override", "twice")).toBe(1);
  expect(await count("error", "broken")).toBe(1);
});
