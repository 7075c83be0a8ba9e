// Makes a new module of the standard library, complete: `pnpm new:stdlib NAME "What it is for."`.
// The package comes from new-package.ts; here it gets a declaration, its functions, shims and a test.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { root } from "./workspace.ts";

const [name, purpose] = process.argv.slice(2);
if (name === undefined || purpose === undefined || !/^[a-z]+$/.test(name) || !/^[A-Z][^"`\\]*\.$/.test(purpose)) {
  console.error(`Usage: pnpm new:stdlib NAME "What it is for."
NAME is one lower-case word, as plugins import it; the purpose is one sentence.`);
  process.exit(2);
}
const folder = `packages/stdlib-${name}`;
const makes = `create${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
run("tooling/new-package.ts", `stdlib-${name}`, "2", purpose);
rmSync(new URL(`${folder}/src/package-name.ts`, root));
rmSync(new URL(`${folder}/test/package-name.test.ts`, root));

const manifest = JSON.parse(readFileSync(new URL(`${folder}/package.json`, root), "utf8")) as Record<string, unknown>;
write(
  "package.json",
  `${JSON.stringify({ ...manifest, dependencies: { "@crucible/sandbox": "workspace:^" } }, null, 2)}\n`,
);
write("src/index.ts", `// Public names of @crucible/stdlib-${name}.\nexport { ${makes} } from "./module.ts";\n`);
write("test/exports.txt", `${makes}\n`);
write(
  "src/module.ts",
  `// The host module \`${name}\`: its declaration, and what each function does.
import { succeed, textArgument, type HostModule } from "@crucible/sandbox";
import { luaShim } from "./shim-lua.ts";
import { runeShim } from "./shim-rune.ts";

/** Makes the module \`${name}\`. What it needs of the world becomes a parameter here. */
export function ${makes}(): HostModule {
  return {
    declaration: {
      name: "${name}",
      summary: "${purpose}",
      functions: [
        {
          name: "echo",
          summary: "Gives its text back.",
          parameters: [{ name: "text", schema: { type: "string" }, summary: "what to give back" }],
          returns: { type: "string" },
          capability: null,
          effect: "none",
          cost: 100,
        },
      ],
      shims: { lua: luaShim, rune: runeShim },
    },
    functions: { echo: { run: (args) => succeed(textArgument(args, "text")) } },
  };
}
`,
);
write(
  "src/shim-lua.ts",
  `// What Lua adds to the module: for functions that take callbacks, which never cross the boundary.

export const luaShim: string = \`
local ${name} = {}
function ${name}.each(texts, see)
  for _, text in ipairs(texts) do see(host.echo(text)) end
end
return ${name}
\`;
`,
);
write(
  "src/shim-rune.ts",
  `// What Rune adds to the module: for functions that take callbacks, which never cross the boundary.

export const runeShim: string = \`
pub fn each(texts, see) {
    for text in texts {
        see(host::echo(text)?);
    }
    Ok(())
}
\`;
`,
);
write(
  "test/module.test.ts",
  `import { checkHostModule } from "@crucible/sandbox";
import { ${makes} } from "@crucible/stdlib-${name}";
import { expect, test } from "vitest";

test("the declaration and the functions agree", () => {
  expect(checkHostModule(${makes}())).toStrictEqual([]);
});
`,
);
write(
  "test/languages.test.ts",
  `// The module as plugins use it: the same calls in each language, with equal results.
import { object, unwrap } from "@crucible/sandbox";
import { ${makes} } from "@crucible/stdlib-${name}";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGuestHosts, guestLanguages, type GuestHosts } from "../../../tooling/guest-hosts.ts";

let hosts: GuestHosts;
beforeAll(() => {
  hosts = createGuestHosts();
});
afterAll(() => hosts.dispose());

const programs = {
  lua: \`local ${name} = require("${name}")
function all()
  local seen = {}
  ${name}.each({"a", "b"}, function(text) seen[#seen + 1] = text end)
  return {${name}.echo("c"), seen[1], seen[2]}
end\`,
  rune: \`pub fn all(params) {
    let seen = [];
    ${name}::each(["a", "b"], |text| seen.push(text))?;
    Ok([${name}::echo("c")?, seen[0], seen[1]])
}\`,
};

test.each(guestLanguages)("every function answers in %s", async (language) => {
  const host = await hosts.open(language, programs[language], { modules: [${makes}()] });
  expect(unwrap(await host.invoke("tester", object([]), { action: "all" }))).toStrictEqual(["c", "a", "b"]);
  await host.dispose();
});
`,
);
write(
  "README.md",
  `# @crucible/stdlib-${name}

${purpose}

## Example

\`\`\`ts
import { ${makes} } from "@crucible/stdlib-${name}";

console.log(${makes}().declaration.functions.map((each) => each.name));
\`\`\`

## Guarantees

- Nothing here touches the world: every power is an argument.

## What it does not do

- It keeps nothing between calls.

## Names

- \`${makes}\`: the host module.

## Files, in reading order

- \`src/module.ts\`: declaration and functions. \`src/shim-lua.ts\`, \`src/shim-rune.ts\`: what each language adds.

## Errors

None of its own.
`,
);
run("tooling/sync-references.ts");
console.log(`Next: pnpm install, then docs/contributing-a-module.md says how plugins get to see it.`);

function write(path: string, text: string): void {
  const url = new URL(`${folder}/${path}`, root);
  mkdirSync(new URL(".", url), { recursive: true });
  writeFileSync(url, text);
}

function run(script: string, ...parameters: readonly string[]): void {
  const tsx = fileURLToPath(new URL(`node_modules/.bin/tsx${process.platform === "win32" ? ".cmd" : ""}`, root));
  execFileSync(tsx, [script, ...parameters], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
}
