// The kiln's part of the module `crucible`: notes, search, links and stored state, declarations and effects together.
import { succeed, type HostCallContext, type HostModule, type HostModuleDeclaration } from "@crucible/sandbox";
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

/** Everything that a kiln's host offers, for whoever documents it: what `createKilnApi` declares where there is an index. */
export const kilnApiDeclaration: HostModuleDeclaration = declare(true);

/**
 * Makes the module. Store and index stay their owner's; it keeps the names of the notes that were changed until the index
 * is asked next, so that plugins find what they have written.
 */
export function createKilnApi(options: KilnApiOptions): HostModule {
  const { store, openIndex, recordChange } = options;
  const changed = new Set<string>();
  const record: RecordChange | undefined =
    openIndex === undefined
      ? recordChange
      : (change, call) => {
          changed.add(change.path);
          return recordChange === undefined ? succeed(undefined) : recordChange(change, call);
        };
  const openFresh: OpenIndex | undefined =
    openIndex &&
    (() => {
      const paths = [...changed];
      changed.clear();
      return openIndex(paths);
    });
  const filesFor = (call: HostCallContext): KilnFiles =>
    record === undefined ? store.files : recordChanges(store.files, record, call);
  const notesFor = (call: HostCallContext): KilnStore =>
    record === undefined ? store : createKilnStore({ files: filesFor(call), maxNoteBytes: store.maxNoteBytes });
  return {
    declaration: openIndex === undefined ? declare(false) : kilnApiDeclaration,
    functions: {
      ...createNoteFunctions(notesFor),
      ...(openFresh === undefined ? {} : createIndexFunctions(openFresh)),
      ...createStateFunctions({ ...options, filesFor }),
    },
  };
}

function declare(withIndex: boolean): HostModuleDeclaration {
  return {
    name: "crucible",
    summary: "Notes of the kiln, search, links, and stored state.",
    functions: [...noteDeclarations, ...(withIndex ? indexDeclarations : []), ...stateDeclarations],
  };
}
