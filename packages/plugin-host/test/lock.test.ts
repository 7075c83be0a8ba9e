import { createLock, formatLock, parseLock } from "@crucible/plugin-host";
import type { PluginLock } from "@crucible/plugin-host";
import { succeed, unwrap } from "@crucible/sandbox";
import { expect, test } from "vitest";
import { lua, openHost } from "./host-subject.ts";

const version = (number: string): string =>
  lua("dice", `function main() return "${number}" end`, `version: ${number}\n`);

test("a lock keeps its versions when newer ones come, and refuses other bytes under the same version", async () => {
  let lock: PluginLock | undefined;
  const subject = await openHost({ "/system/one.lua": version("1.0.0") }, { readLock: () => Promise.resolve(lock) });
  lock = unwrap(parseLock(formatLock(createLock(subject.host.registry)), "plugins.lock"));
  expect(lock.plugins.map(({ name, version: number, scope }) => [name, number, scope])).toStrictEqual([
    ["dice", "1.0.0", "system"],
  ]);
  subject.write("/system/two.lua", version("2.0.0"));
  await subject.host.reload();
  expect(await subject.run("dice")).toStrictEqual(succeed("1.0.0"));
  expect(subject.host.registry.overrides.map(({ reason }) => reason)).toStrictEqual(["lock"]);
  expect(await subject.run("dice@^2.0.0")).toStrictEqual(succeed("2.0.0"));
  subject.write("/system/one.lua", `${version("1.0.0")}-- changed\n`);
  await subject.host.reload();
  expect(subject.host.registry.broken.map(({ error }) => error.code)).toStrictEqual(["plugin/conflict"]);
  lock = createLock(subject.host.registry);
  expect(lock.plugins.map(({ version: number }) => number)).toStrictEqual(["2.0.0"]);
  await subject.dispose();
});

test.each(["", "[]", '{"format":"crucible-lock/2","plugins":[]}', '{"format":"crucible-lock/1","plugins":[{}]}'])(
  "parseLock refuses what formatLock does not write: %s",
  (text) => {
    expect(parseLock(text, "plugins.lock")).toMatchObject({ ok: false, error: { code: "config/invalid" } });
  },
);
