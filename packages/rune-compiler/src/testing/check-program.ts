// What tests ask of a program beyond running it: whether its IR keeps every invariant after each pass, and what the IR
// interpreter says it does.

import { orderCalls } from "../codegen/order-calls.ts";
import { standardLibrary } from "../compile.ts";
import type { HirModule } from "../hir/hir.ts";
import { lowerProgram } from "../hir/lower-program.ts";
import type { Interpretation } from "../interpret/interpret.ts";
import { interpret } from "../interpret/interpret.ts";
import { buildModule } from "../ir/build.ts";
import { infer } from "../ir/infer.ts";
import { Inliner } from "../ir/inline.ts";
import { verifyFunction, verifyInstance } from "../ir/verify.ts";
import { World } from "../ir/world.ts";

function lower(text: string): { readonly module: HirModule; readonly world: World; readonly problems: string[] } {
  const { names, library } = standardLibrary();
  const { module, diagnostics } = lowerProgram({ path: "main.rn", text }, names);
  if (module === null) throw new TypeError(`The program does not compile: ${diagnostics[0]?.message ?? "no message"}`);
  const functions = buildModule(module, false);
  const problems = functions.flatMap((fn) => [...verifyFunction(fn)]);
  const staticPaths = module.statics.map((item) => item.path);
  return { module, world: new World(library, { functions, types: module.types, staticPaths }), problems };
}

/**
 * Verifies the IR of a program as it is built, after inference and after inlining and scalar replacement.
 *
 * @returns sentences about what is wrong; none when all is well
 */
export function checkIr(text: string): readonly string[] {
  const { module, world, problems } = lower(text);
  const inference = infer(
    world,
    [...module.exports, ...module.tests].map((item) => item.function),
  );
  const { calleesFirst, recursive } = orderCalls(inference);
  const inliner = new Inliner(world, inference, recursive);
  for (const instance of calleesFirst) {
    problems.push(...verifyInstance(inliner.optimise(instance), inference).map((problem) => `optimised ${problem}`));
  }
  return problems;
}

/** Verifies the IR of every function of the library. */
export function checkLibraryIr(): readonly string[] {
  const { library } = standardLibrary();
  return Array.from({ length: library.functionCount }, (_, id) => [...verifyFunction(library.load(id))]).flat();
}

/**
 * Runs an action without parameters in the IR interpreter.
 *
 * @throws {RangeError} when the program needs what the interpreter does not have
 */
export function interpretProgram(text: string, action: string): Interpretation {
  const { module, world } = lower(text);
  const entry = module.exports.find((item) => item.name === action);
  if (entry === undefined) throw new TypeError(`The program has no action "${action}"`);
  return interpret(world, entry.function);
}
