// One program for each language that can call every function of a module: written from the declaration, so that no
// function is forgotten.
import type { HostFunctionDeclaration, HostModuleDeclaration, Language } from "@crucible/sandbox";

/**
 * Text of a plugin whose action `main` calls the function `name` with the values in `args` and returns its answer;
 * nothing for a language that is not known.
 *
 * Its parameters: `name`, `args` (an array), `count` (how many there are).
 */
export function dispatchProgram(language: Language, module: HostModuleDeclaration): string | undefined {
  switch (language) {
    case "lua":
      return luaProgram(module);
    case "rune":
      return runeProgram(module);
    case "javascript":
    case "wasm":
      return undefined;
  }
}

function luaProgram({ name: module, functions }: HostModuleDeclaration): string {
  const cases = functions.map(
    ({ name }) => `  [${JSON.stringify(name)}] = function(...) return ${module}.${name}(...) end,\n`,
  );
  return `local functions = {
${cases.join("")}}

function main(params)
  return functions[params.name](table.unpack(params.args, 1, params.count))
end
`;
}

function runeProgram({ name: module, functions }: HostModuleDeclaration): string {
  const cases = functions.map(({ name, parameters }) => {
    const path = `${module}::${name.replaceAll(".", "::")}`;
    const counts = argumentCounts({ parameters }).map((count) => {
      const given = Array.from({ length: count }, (_, index) => `args[${index}]`);
      return `            ${count} => ${path}(${given.join(", ")})?,\n`;
    });
    return `        ${JSON.stringify(name)} => match params.count {\n${counts.join("")}            _ => panic!("count"),\n        },\n`;
  });
  return `pub fn main(params) {
    let args = params.args;
    match params.name {
${cases.join("")}        _ => panic!("name"),
    }
}
`;
}

/** How many arguments a function can be called with. */
export function argumentCounts({ parameters }: Pick<HostFunctionDeclaration, "parameters">): readonly number[] {
  const required = parameters.filter(({ optional }) => optional !== true).length;
  return Array.from({ length: parameters.length - required + 1 }, (_, index) => required + index);
}
