// The kiln of a command: notes, the index when it is needed, and the record of what plugins changed.
import { mkdirSync } from "node:fs";
import { createValueStore, openFolder, type Journal, type JournalPowers, type ValueStore } from "@crucible/audit";
import { createKilnApi, followIndex, type OpenIndex, type RecordChange } from "@crucible/kiln-api";
import {
  createKilnFiles,
  createKilnStore,
  createMiniLmEmbedder,
  createOverlayFiles,
  openKiln,
  type KilnFiles,
  type KilnStore,
  type OverlayFiles,
} from "@crucible/kiln-store";
import { succeed, toErrorValue, type HostModule } from "@crucible/sandbox";

export interface KilnParts {
  readonly store: KilnStore;
  readonly files: KilnFiles;
  /** What plugins can do with it. */
  readonly module: HostModule;
  /** The index, brought up to date; opened when first asked for. */
  readonly openIndex: OpenIndex;
  /** The view of a dry run, in which all changes stay. */
  readonly overlay: OverlayFiles | undefined;
  dispose(): Promise<void>;
}

export interface KilnPartsOptions {
  readonly root: string;
  readonly journal: Pick<Journal, "append">;
  readonly values: ValueStore;
  readonly dryRun: boolean;
}

export function openKilnParts({ root, journal, values, dryRun }: KilnPartsOptions): KilnParts {
  const disk = createKilnFiles({ root });
  const overlay = dryRun ? createOverlayFiles(disk, { now: () => Date.now() }) : undefined;
  const files = overlay ?? disk;
  const store = createKilnStore({ files });
  const followed = followIndex({
    open: () => openKiln({ root, embedder: createMiniLmEmbedder() }),
    now: () => performance.now(),
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
    store,
    files,
    openIndex,
    overlay,
    // Nothing that a dry run does has to be undone.
    module: createKilnApi({ store, openIndex, ...(dryRun ? {} : { recordChange }) }),
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
