// Compiles assembly/ to WebAssembly and writes it as base64 to src/generated/runtime-wasm.ts.
// Run by `pnpm --filter @crucible/rune-runtime build:wasm`, before `tsc`.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc, { libraryFiles } from "assemblyscript/asc";
import { makeTables } from "./tables/make-tables.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const generated = join(here, "assembly/generated");
mkdirSync(generated, { recursive: true });
for (const [name, text] of Object.entries(makeTables())) writeFileSync(join(generated, name), text);

// The library's mathematics passes second results in module-level variables. Here they become cells of the runtime's
// scratch area, so that the module has no mutable globals.
const cells = [
  ["math", "rempio2_y0", "f64", 1280],
  ["math", "rempio2_y1", "f64", 1288],
  ["math", "res128_hi", "u64", 1296],
  ["util/math", "log_tail", "f64", 1304],
];
for (const [file, name, type, address] of cells) {
  libraryFiles[file] = libraryFiles[file]
    .split("\n")
    .filter((line) => !/^@lazy let (rempio2_y0|log_tail)\b/.test(line))
    .map((line) =>
      line
        .replace(
          new RegExp(`^(\\s*)${name} \\*= (.*);`),
          `$1store<${type}>(${address}, load<${type}>(${address}) * ($2));`,
        )
        .replace(new RegExp(`^(\\s*)${name} = (.*);`), `$1store<${type}>(${address}, $2);`)
        .replace(new RegExp(`\\b${name}\\b`, "g"), `load<${type}>(${address})`),
    )
    .join("\n");
}

const files = new Map();
const { error, stderr } = await asc.main(
  [
    "assembly/index.ts",
    "--outFile",
    "runtime.wasm",
    "--runtime",
    "stub",
    "--importMemory",
    "--initialMemory",
    "1",
    "--maximumMemory",
    "65536",
    "--memoryBase",
    "2048",
    "--noAssert",
    "--noExportMemory",
    "--use",
    "abort=assembly/fail/trap",
    "-O3",
    "--shrinkLevel",
    "0",
    "--converge",
  ],
  {
    readFile: (name, base) => {
      try {
        return readFileSync(join(here, base ?? "", name), "utf8");
      } catch {
        return null;
      }
    },
    writeFile: (name, contents) => {
      files.set(name, contents);
    },
    listFiles: () => [],
  },
);
if (error) {
  process.stderr.write(`${new TextDecoder().decode(stderr.toBuffer())}\n`);
  throw error;
}

const bytes = files.get("runtime.wasm");
const module = new WebAssembly.Module(bytes);
const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
const { exports } = new WebAssembly.Instance(module, {
  rune: Object.fromEntries(
    WebAssembly.Module.imports(module)
      .filter((entry) => entry.kind === "function")
      .map((entry) => [entry.name, () => 0]),
  ),
  env: { memory },
});
const target = join(here, "src/generated/runtime-wasm.ts");
mkdirSync(dirname(target), { recursive: true });
writeFileSync(
  target,
  `// Generated from assembly/ by build-wasm.mjs. The runtime module in base64, and where its data ends.\n` +
    `export const runtimeDataEnd = ${exports.heap_base()};\n` +
    `export const runtimeWasm: string =\n  "${Buffer.from(bytes).toString("base64")}";\n`,
);
process.stdout.write(`runtime: ${bytes.length} bytes, data ends at ${exports.heap_base()}\n`);
