import { once } from "node:events";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CruSubject } from "./cru-subject.ts";
import { createCruSubject } from "./cru-subject.ts";

let subject: CruSubject;
beforeAll(() => {
  subject = createCruSubject();
});
afterAll(() => subject.dispose());

test("an installation that is killed leaves the whole plugin or none, and nothing that the next one stumbles over", async () => {
  const { cru, folder, kiln, start, write } = subject;
  write("big/plugin.yaml", "name: big\ndescription: A large plugin\nversion: 1.0.0\nentry: main.lua\n");
  write("big/main.lua", "function main() return 'whole' end\n");
  for (let index = 0; index < 300; index++) write(`big/part-${index}.txt`, "x".repeat(20_000));
  const target = join(kiln, "plugins/big");
  const names = (): readonly string[] => {
    try {
      return readdirSync(join(kiln, "plugins"));
    } catch {
      return [];
    }
  };
  const install = start(["plugins", "install", join(folder, "big"), "--scope", "kiln"]);
  const ended = once(install.child, "exit");
  let isOver = false;
  void ended.then(() => (isOver = true));
  // Killed as soon as anything is to be seen of it.
  while (!isOver && !names().some((name) => name.startsWith(".")))
    await new Promise((resolve) => setImmediate(resolve));
  install.child.kill("SIGKILL");
  await ended;
  if (existsSync(target)) expect(readdirSync(target).length).toBe(302);
  else expect((await cru(["run", "big"])).code).toBe(6);
  expect((await cru(["plugins", "validate"])).stdout).not.toContain("invalid");
  rmSync(target, { recursive: true, force: true });
  expect((await cru(["plugins", "install", join(folder, "big"), "--scope", "kiln"])).code).toBe(0);
  expect((await cru(["plugins", "trust", "big"])).code).toBe(0);
  expect(await cru(["run", "big"])).toMatchObject({ code: 0, stdout: "whole\n" });
});

test("replacing a folder replaces all of it", async () => {
  const { cru, folder, kiln, write } = subject;
  const put = async (...more: readonly string[]): Promise<number> =>
    (await cru(["plugins", "install", join(folder, "pair"), "--scope", "kiln", ...more])).code;
  write("pair/plugin.yaml", "name: pair\ndescription: Two files\nversion: 1.0.0\nentry: main.lua\n");
  write("pair/main.lua", "function main() return 1 end\n");
  write("pair/old.txt", "old");
  expect(await put()).toBe(0);
  write("pair/main.lua", "function main() return 2 end\n");
  rmSync(join(folder, "pair/old.txt"));
  expect(await put()).toBe(7);
  expect(await put("--force")).toBe(0);
  expect(readdirSync(join(kiln, "plugins/pair")).toSorted()).toStrictEqual(["main.lua", "plugin.yaml"]);
  expect((await cru(["plugins", "trust", "pair"])).code).toBe(0);
  expect((await cru(["run", "pair"])).stdout).toBe("2\n");
});
