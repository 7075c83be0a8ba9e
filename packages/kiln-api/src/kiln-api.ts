// The kiln's part of the module `crucible`: notes, search, links and stored state, declarations and effects together.
import type { HostCallContext, HostModule } from "@crucible/sandbox";
import type { KilnFiles, KilnStore } from "@crucible/kiln-store";
import { createKilnStore } from "@crucible/kiln-store";
import { indexDeclarations } from "./index-declarations.ts";
import type { OpenIndex } from "./index-functions.ts";
import { createIndexFunctions } from "./index-functions.ts";
import { noteDeclarations } from "./note-declarations.ts";
import { createNoteFunctions } from "./note-functions.ts";
import type { RecordChange } from "./record-changes.ts";
import { recordChanges } from "./record-changes.ts";
import type { StateOptions } from "./state.ts";
import { createStateFunctions, stateDeclarations } from "./state.ts";

export interface KilnApiOptions extends Omit<StateOptions, "filesFor"> {
  readonly store: KilnStore;
  /** Gives the index; without it `search` and `graph` are not offered. Called for each of their calls. */
  readonly openIndex?: OpenIndex;
  /** Told every change that a plugin makes, so that it can be undone. */
  readonly recordChange?: RecordChange;
}

/** Makes the module. It keeps nothing; store and index stay their owner's. */
export function createKilnApi(options: KilnApiOptions): HostModule {
  const { store, openIndex, recordChange } = options;
  const filesFor = (call: HostCallContext): KilnFiles =>
    recordChange === undefined ? store.files : recordChanges(store.files, recordChange, call);
  const notesFor = (call: HostCallContext): KilnStore =>
    recordChange === undefined ? store : createKilnStore({ files: filesFor(call), maxNoteBytes: store.maxNoteBytes });
  return {
    declaration: {
      name: "crucible",
      summary: "Notes of the kiln, search, links, and stored state.",
      functions: [...noteDeclarations, ...(openIndex === undefined ? [] : indexDeclarations), ...stateDeclarations],
    },
    functions: {
      ...createNoteFunctions(notesFor),
      ...(openIndex === undefined ? {} : createIndexFunctions(openIndex)),
      ...createStateFunctions({ ...options, filesFor }),
    },
  };
}
