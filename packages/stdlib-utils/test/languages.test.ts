import { openHost } from "@crucible/conformance";
import { bytesCase, cases } from "./cases.ts";
import {
  equalValues,
  isObject,
  listHostFunctions,
  object,
  unwrap,
  type Value,
  type ValueObject,
} from "@crucible/sandbox";
import { utilsDeclaration } from "@crucible/stdlib-utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGuestHosts, type GuestHosts, type GuestLanguage } from "../../../tooling/guest-hosts.ts";

let hosts: GuestHosts;
beforeAll(() => {
  hosts = createGuestHosts();
});
afterAll(() => hosts.dispose());

/** A program with one call for each case; arguments come as parameters. */
function program(language: GuestLanguage): string {
  const calls = cases.map(([name, args], place) => {
    if (language === "rune") {
      const values = args.map((_, argument) => `params.args[${place}][${argument}]`);
      return `    results.push(#{ value: utils::${name.replaceAll(".", "::")}(${values.join(", ")})? });`;
    }
    const values = args.map((_, argument) => `params.args[${place + 1}][${argument + 1}]`);
    return `  results[#results + 1] = { value = utils.${name}(${values.join(", ")}) }`;
  });
  return language === "lua"
    ? `local utils = require("utils")\nfunction main(params)\n  local results = {}\n${calls.join("\n")}\n  return results\nend\n`
    : `pub fn main(params) {\n    let results = [];\n${calls.join("\n")}\n    Ok(results)\n}\n`;
}

async function results(language: GuestLanguage): Promise<readonly Value[]> {
  const host = await openHost(hosts.subject(language), {
    plugins: [
      { manifest: { name: "caller", description: "Calls", parameters: { type: "object" } }, code: program(language) },
    ],
  });
  const value = unwrap(await host.invoke("caller", object([["args", cases.map(([, args]) => args)]])));
  await host.dispose();
  // Nothing, in Lua, is no field.
  return (value as readonly ValueObject[]).map((each) => each["value"] ?? null);
}

test("every function gives Lua and Rune the same, and what it should", async () => {
  const [inLua, inRune] = [await results("lua"), await results("rune")];
  expect([inLua.length, inRune.length]).toStrictEqual([cases.length, cases.length]);
  for (const [place, [name, args, expected]] of cases.entries()) {
    for (const found of [inLua[place], inRune[place]]) {
      if (found === undefined || !equalValues(found, expected))
        expect({ name, args, found }).toStrictEqual({ name, args, found: expected });
    }
  }
});

test("every function whose answer does not depend on chance or time has a case", () => {
  const covered = new Set(cases.map(([name]) => name));
  const open = listHostFunctions(utilsDeclaration).flatMap(({ name }) => (covered.has(name) ? [] : [name]));
  expect(open).toStrictEqual(["date.now", "id.uuid", "id.uuid_v7", "id.short"]);
});

test("bytes, the time and ids reach both languages in the form that they have there", async () => {
  for (const [language, code] of [
    [
      "lua",
      `local utils = require("utils")\nfunction main(params) return { bytes = crucible.bytes(utils.hex.decode(params.hex)), now = utils.date.now() > 0, ids = { utils.id.uuid(), utils.id.uuid_v7(), utils.id.short(8) } } end`,
    ],
    [
      "rune",
      `pub fn main(params) { Ok(#{ bytes: utils::hex::decode(params.hex)?, now: utils::date::now()? > 0, ids: [utils::id::uuid()?, utils::id::uuid_v7()?, utils::id::short(8)?] }) }`,
    ],
  ] as const) {
    const host = await openHost(hosts.subject(language), {
      plugins: [{ manifest: { name: "caller", description: "Calls", parameters: { type: "object" } }, code }],
    });
    const value = unwrap(await host.invoke("caller", object([["hex", "00ff80"]])));
    await host.dispose();
    if (!isObject(value)) throw new TypeError("The program returned no object");
    expect(value["bytes"]).toStrictEqual(bytesCase);
    expect(value["now"]).toBe(true);
    expect((value["ids"] as readonly string[]).map((id) => id.length)).toStrictEqual([36, 36, 8]);
  }
});
