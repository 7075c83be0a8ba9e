// The whole corpus: what every backend has to survive, in each language that has one.
import type { HostileProgram } from "./hostile-program.ts";
import { luaBoundary } from "./lua-boundary.ts";
import { luaExhaustion } from "./lua-exhaustion.ts";
import { runeBoundary } from "./rune-boundary.ts";
import { runeExhaustion } from "./rune-exhaustion.ts";

/** All hostile programs, of all languages. */
export const hostilePrograms: readonly HostileProgram[] = [
  ...[...luaExhaustion, ...luaBoundary].map((entry) => ({ ...entry, language: "lua" as const })),
  ...[...runeExhaustion, ...runeBoundary].map((entry) => ({ ...entry, language: "rune" as const })),
];
