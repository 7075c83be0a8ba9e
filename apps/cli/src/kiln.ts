// The kiln of a command: notes, the index when it is needed, and the record of what plugins changed.
import { mkdirSync } from "node:fs";
import { createValueStore, openFolder, type Journal, type JournalPowers, type ValueStore } from "@crucible/audit";
import {
  createKilnApi,
  createNoteAnnouncer,
  followIndex,
  recordChanges,
  type OpenIndex,
  type PublishNote,
  type RecordChange,
} from "@crucible/kiln-api";
import {
  createKilnFiles,
  createKilnStore,
  createOverlayFiles,
  openKiln,
  watchKiln,
  type KilnFiles,
  type KilnIndex,
  type KilnStore,
  type OverlayFiles,
} from "@crucible/kiln-store";
import {
  succeed,
  toErrorValue,
  type ErrorValue,
  type HostCallContext,
  type HostModule,
  type Outcome,
} from "@crucible/sandbox";
import type { IndexPlace } from "./index-place.ts";

export interface KilnParts {
  /** Folder of the kiln. */
  readonly root: string;
  readonly store: KilnStore;
  readonly files: KilnFiles;
  /** The files as one host call sees them: what it changes there can be undone. */
  readonly filesFor: (call: HostCallContext) => KilnFiles;
  /** What plugins can do with it. */
  readonly module: HostModule;
  /** The index, brought up to date; opened when first asked for. */
  readonly openIndex: OpenIndex;
  /** The index as it is. */
  readonly index: () => KilnIndex;
  /** The view of a dry run, in which all changes stay. */
  readonly overlay: OverlayFiles | undefined;
  /** Begins to tell plugins what happens to notes on the disk; where the kiln was opened to be watched. */
  follow(): Promise<Outcome<void>>;
  dispose(): Promise<void>;
}

export interface KilnPartsOptions {
  readonly root: string;
  readonly journal: Pick<Journal, "append">;
  readonly values: ValueStore;
  readonly dryRun: boolean;
  readonly indexPlace: IndexPlace;
  /** Told what happens to notes: by host calls, and on the disk from `follow` on. */
  readonly publish: PublishNote;
  /** Opens the kiln to be watched; gets what goes wrong meanwhile. */
  readonly onProblem?: (error: ErrorValue) => void;
}

export function openKilnParts({
  root,
  journal,
  values,
  dryRun,
  indexPlace,
  publish,
  onProblem,
}: KilnPartsOptions): KilnParts {
  const disk = createKilnFiles({ root });
  const overlay = dryRun ? createOverlayFiles(disk, { now: () => Date.now() }) : undefined;
  const files = overlay ?? disk;
  const store = createKilnStore({ files });
  const announcer = createNoteAnnouncer({ files, publish });
  let isFollowing = false;
  const followed = followIndex({
    open: () => openKiln({ root, ...indexPlace(), isView: dryRun }),
    now: () => performance.now(),
    ...(overlay === undefined
      ? {}
      : {
          readView: async (path) => {
            const found = await overlay.read(path, Number.MAX_SAFE_INTEGER);
            return found.ok ? found.value.bytes : undefined;
          },
        }),
    ...(onProblem === undefined
      ? {}
      : {
          watch: (index) =>
            watchKiln({
              root,
              index,
              // What changed before somebody watched is nobody's event.
              onChanges: (changes) => void (isFollowing && announcer.notice(changes)),
              onProblem,
            }),
        }),
  });
  const { openIndex } = followed;
  const recordChange: RecordChange = ({ path, before, after }, { invocation }) => {
    try {
      const name = (bytes: Uint8Array | undefined): string | null =>
        bytes === undefined ? null : (values.put(bytes) ?? null);
      const hash = (bytes: Uint8Array | undefined): string | null => (bytes === undefined ? null : disk.hash(bytes));
      const { executionId, plugin, version, invoker } = invocation;
      const names = { before: name(before), after: name(after) };
      values.flush();
      journal.append({
        execution_id: executionId,
        plugin,
        version,
        invoker,
        kind: "kiln.change",
        path,
        ...names,
        before_hash: hash(before),
        after_hash: hash(after),
      });
      return succeed(undefined);
    } catch (thrown) {
      return { ok: false, error: toErrorValue(thrown) };
    }
  };
  return {
    root,
    store,
    files,
    filesFor: (call) => (dryRun ? files : recordChanges(files, recordChange, call)),
    openIndex,
    index: () => followed.index(),
    overlay,
    // Nothing that a dry run does has to be undone.
    module: createKilnApi({
      store,
      openIndex,
      announcer,
      ...(dryRun ? {} : { recordChange }),
    }),
    follow: async () => {
      const opened = await openIndex();
      isFollowing = opened.ok;
      return opened.ok ? succeed(undefined) : opened;
    },
    dispose: async () => {
      await followed.dispose();
      await store.dispose();
    },
  };
}

/** Former contents of changed notes, beside the journal. Not `enabled`, nothing new is kept and no later change can be undone. */
export function openValues(folder: string, { crypto, clock }: JournalPowers, enabled: boolean): ValueStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return createValueStore({ folder: openFolder(folder), crypto, clock }, { enabled });
}
