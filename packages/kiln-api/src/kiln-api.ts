// The kiln's part of the module `crucible`: notes, search, links and stored state, declarations and effects together.
import {
  succeed,
  type HostCallContext,
  type HostFunction,
  type HostModule,
  type HostModuleDeclaration,
} from "@crucible/sandbox";
import type { KilnFiles, KilnStore, NoteOperations } from "@crucible/kiln-store";
import { createKilnStore } from "@crucible/kiln-store";
import { indexDeclarations } from "./index-declarations.ts";
import type { OpenIndex } from "./index-functions.ts";
import { createIndexFunctions } from "./index-functions.ts";
import { noteDeclarations } from "./note-declarations.ts";
import { createNoteFunctions } from "./note-functions.ts";
import type { NoteAnnouncer } from "./note-events.ts";
import type { RecordChange } from "./record-changes.ts";
import { recordChanges } from "./record-changes.ts";
import type { StateOptions } from "./state.ts";
import { createStateFunctions, stateDeclarations } from "./state.ts";

export interface KilnApiOptions extends Omit<StateOptions, "filesFor"> {
  readonly store: KilnStore;
  /** Gives the index; without it `search` and `graph` are not offered. Called for each of their calls. */
  readonly openIndex?: OpenIndex;
  /** Told every change that a plugin makes, before it is made, so that it can be undone. */
  readonly recordChange?: RecordChange;
  /** Tells those who wait for notes what a call changed, when the call is over. */
  readonly announcer?: NoteAnnouncer;
}

/** Everything that a kiln's host offers, for whoever documents it: what `createKilnApi` declares where there is an index. */
export const kilnApiDeclaration: HostModuleDeclaration = declare(true);

/**
 * Makes the module. Store and index stay their owner's; it keeps the names of the notes that were changed until the index
 * is asked next, so that plugins find what they have written.
 */
export function createKilnApi(options: KilnApiOptions): HostModule {
  const { store, openIndex, recordChange, announcer } = options;
  const changed = new Set<string>();
  const isFollowed = openIndex !== undefined || recordChange !== undefined || announcer !== undefined;
  const record: RecordChange = (change, call) => {
    if (openIndex !== undefined) changed.add(change.path);
    return recordChange === undefined ? succeed(undefined) : recordChange(change, call);
  };
  const openFresh: OpenIndex | undefined =
    openIndex &&
    (() => {
      const paths = [...changed];
      changed.clear();
      return openIndex(paths);
    });
  const findLinking =
    openFresh &&
    (async (keys: readonly string[]): Promise<readonly string[] | undefined> => {
      const index = await openFresh();
      // Other programs edit files as well: all of them are looked at once more, under the lock of the rename.
      const fresh = index.ok ? await index.value.refresh() : index;
      const found = index.ok && fresh.ok ? await index.value.findLinking(keys) : undefined;
      return found?.ok === true ? found.value : undefined;
    });
  const filesFor = (call: HostCallContext): KilnFiles =>
    isFollowed ? recordChanges(store.files, record, call, (change) => announcer?.keep(change, call)) : store.files;
  const notesFor = (call: HostCallContext): NoteOperations => {
    if (!isFollowed) return store;
    const recorded = { files: filesFor(call), maxNoteBytes: store.maxNoteBytes };
    if (openFresh === undefined || findLinking === undefined) return createKilnStore(recorded);
    const notes = createKilnStore({ ...recorded, findLinking });
    return {
      ...notes,
      renameNote: async (from, to, writeOptions) => {
        // An index that is not there yet takes its time, in which nobody should wait for the kiln's lock.
        await openFresh();
        return notes.renameNote(from, to, writeOptions);
      },
    };
  };
  return {
    declaration: openIndex === undefined ? declare(false) : kilnApiDeclaration,
    functions: {
      ...(announcer === undefined
        ? createNoteFunctions(notesFor)
        : announceAfter(createNoteFunctions(notesFor), announcer)),
      ...(openFresh === undefined ? {} : createIndexFunctions(openFresh)),
      ...createStateFunctions({ ...options, filesFor }),
    },
  };
}

// A call that failed half-way has changed something as well.
function announceAfter(
  functions: Readonly<Record<string, HostFunction>>,
  announcer: NoteAnnouncer,
): Readonly<Record<string, HostFunction>> {
  const announced = Object.entries(functions).map(([name, { run, ...rest }]): [string, HostFunction] => [
    name,
    {
      ...rest,
      run: async (args, call) => {
        try {
          return await run(args, call);
        } finally {
          announcer.tell(call);
        }
      },
    },
  ]);
  return Object.fromEntries(announced);
}

function declare(withIndex: boolean): HostModuleDeclaration {
  return {
    name: "crucible",
    summary: "Notes of the kiln, search, links, and stored state.",
    functions: [...noteDeclarations, ...(withIndex ? indexDeclarations : []), ...stateDeclarations],
  };
}
