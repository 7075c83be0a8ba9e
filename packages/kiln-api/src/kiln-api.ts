// The kiln's part of the module `crucible`: notes and stored state, declaration and effects together.
import type { HostModule } from "@crucible/sandbox";
import type { KilnStore } from "@crucible/kiln-store";
import { noteDeclarations } from "./note-declarations.ts";
import { createNoteFunctions } from "./note-functions.ts";
import type { StateOptions } from "./state.ts";
import { createStateFunctions, stateDeclarations } from "./state.ts";

export interface KilnApiOptions extends Omit<StateOptions, "files"> {
  readonly store: KilnStore;
}

/** Makes the module. It keeps nothing; the store stays its owner's. */
export function createKilnApi(options: KilnApiOptions): HostModule {
  const { store } = options;
  return {
    declaration: {
      name: "crucible",
      summary: "Notes of the kiln and stored state.",
      functions: [...noteDeclarations, ...stateDeclarations],
    },
    functions: { ...createNoteFunctions(store), ...createStateFunctions({ ...options, files: store.files }) },
  };
}
