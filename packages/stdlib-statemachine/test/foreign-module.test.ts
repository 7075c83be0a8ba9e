// A module of somebody else's, made of nothing but the contract, is there in every language like the platform's own.
import { checkHostModule, object, succeed, textArgument, toPlain, unwrap, type HostModule } from "@crucible/sandbox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGuestHosts, type GuestHosts, type GuestLanguage } from "../../../tooling/guest-hosts.ts";

const tide: HostModule = {
  declaration: {
    name: "tide",
    summary: "Tells the tide of a harbour.",
    functions: [
      {
        name: "at",
        summary: "Tells how high the water stands, in centimetres.",
        parameters: [{ name: "harbour", schema: { type: "string", minLength: 1 }, summary: "name of the harbour" }],
        returns: { type: "integer" },
        capability: null,
        effect: "none",
        cost: 100,
      },
    ],
    shims: {
      lua: `
local tide = {}
function tide.each(harbours, see)
  for _, harbour in ipairs(harbours) do see(harbour, host.at(harbour)) end
end
return tide
`,
      rune: `
pub fn each(harbours, see) {
    for harbour in harbours {
        see(harbour, host::at(harbour)?);
    }
    Ok(())
}
`,
    },
  },
  functions: { at: { run: (args) => succeed(textArgument(args, "harbour").length * 100) } },
};

const programs: Readonly<Record<GuestLanguage, string>> = {
  lua: `
local tide = require("tide")
function main()
  local seen = {}
  tide.each({"Brest", "Oban"}, function(harbour, height) seen[#seen + 1] = harbour .. " " .. height end)
  return {seen = seen, direct = tide.at("Hull")}
end
function wrong() return tide.at("") end
`,
  rune: `
pub fn main(params) {
    let seen = [];
    tide::each(["Brest", "Oban"], |harbour, height| { seen.push(\`\${harbour} \${height}\`); })?;
    Ok(#{ seen, direct: tide::at("Hull")? })
}
pub fn wrong() { tide::at("")? }
`,
};

let hosts: GuestHosts;
beforeAll(() => {
  hosts = createGuestHosts();
});
afterAll(() => hosts.dispose());

test("a foreign module is checked, callable and shimmed in each language, and its arguments are validated", async () => {
  expect(checkHostModule(tide)).toStrictEqual([]);
  for (const language of ["lua", "rune"] as const) {
    const host = await hosts.open(language, programs[language], { modules: [tide] });
    const answer = unwrap(await host.invoke("tester", object([])));
    expect(JSON.parse(JSON.stringify(toPlain(answer)))).toStrictEqual({ seen: ["Brest 500", "Oban 400"], direct: 400 });
    const wrong = await host.invoke("tester", object([]), { action: "wrong" });
    expect(JSON.stringify(wrong)).toContain("host/invalid-argument");
    await host.dispose();
  }
});
