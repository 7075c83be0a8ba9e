// Opens a kiln with everything that this machine offers: files, index in a worker, embedder in another one, watcher.
import { randomUUID } from "node:crypto";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import type { Embedder } from "./embed/embedder.ts";
import type { FetchText } from "./embed/endpoint-embedder.ts";
import { startIndexService } from "./index/index-client-node.ts";
import type { PostgresPlace } from "./index/worker-protocol.ts";
import { createKilnFiles } from "./kiln-files-node.ts";
import { createKilnIndex, type KilnIndex } from "./kiln-index.ts";
import { createKilnStore, type KilnStore } from "./kiln-store.ts";

export interface OpenKilnOptions {
  /** Folder of the kiln. */
  readonly root: string;
  /** Makes vectors; left out, the kiln is searched by words only. Owned by the kiln. */
  readonly embedder?: Embedder;
  /** Embedders whose vectors may still be in the index, for queries until new ones are made. Owned by the kiln. */
  readonly olderEmbedders?: readonly Embedder[];
  /** File of the index. Default `.crucible/index.sqlite`. */
  readonly indexPath?: string;
  /** Keeps the index in a PostgreSQL database instead, for kilns that outgrow a file. */
  readonly postgres?: PostgresPlace;
  readonly maxNoteBytes?: number;
  /**
   * Milliseconds after opening, and after each change that the index learns of, at which missing vectors begin to be made
   * in the background. Default 2,000, so that commands that end soon do not load a model for it; infinity: only
   * `index.embedPending` makes any.
   */
  readonly vectorsAfterMs?: number;
  /**
   * Indexes a view of the kiln instead, in which `index.show` changes notes: on a copy of the index that is removed in the end.
   * No vectors are made for it in the background.
   */
  readonly isView?: boolean;
}

export interface Kiln {
  readonly store: KilnStore;
  readonly index: KilnIndex;
  dispose(): Promise<void>;
}

/** Opens a kiln. Nothing is read before it is asked for; a first `index.refresh()` fills the index. */
export function openKiln(options: OpenKilnOptions): Kiln {
  const maxNoteBytes = options.maxNoteBytes ?? 10_000_000;
  const vectorsAfterMs = options.isView === true ? Number.POSITIVE_INFINITY : (options.vectorsAfterMs ?? 2000);
  const files = createKilnFiles({ root: options.root });
  const service = startIndexService({
    root: options.root,
    maxNoteBytes,
    indexPath: options.indexPath,
    postgres: options.postgres,
    ...(options.isView === true ? { isView: true } : {}),
  });
  const index = createKilnIndex({
    service,
    ...(options.embedder === undefined ? {} : { embedder: options.embedder }),
    ...(options.olderEmbedders === undefined ? {} : { olderEmbedders: options.olderEmbedders }),
    clock: { now: () => Date.now() },
    owner: randomUUID(),
    ...(Number.isFinite(vectorsAfterMs) ? { background: { after: startIdleTimer, delayMs: vectorsAfterMs } } : {}),
  });
  const store = createKilnStore({
    files,
    maxNoteBytes,
    // A rename looks for links in an index that it has just brought up to date.
    async findLinking(keys) {
      const fresh = await index.refresh();
      const found = fresh.ok ? await index.findLinking(keys) : fresh;
      return found.ok ? found.value : undefined;
    },
  });
  return {
    store,
    index,
    async dispose() {
      await index.dispose();
      await store.dispose();
    },
  };
}

/** Waits; rejects when the signal is aborted. */
export function pauseNode(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return setTimeoutPromise(milliseconds, undefined, signal === undefined ? {} : { signal });
}

/** The `fetch` of Node in the form that endpoint embedders take. */
export const fetchNode: FetchText = async (url, { timeoutMs, signal, ...request }) =>
  fetch(url, { ...request, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });

/** A timer for which no process stays. */
function startIdleTimer(milliseconds: number, work: () => void): () => void {
  const timer = setTimeout(work, milliseconds);
  timer.unref();
  return () => clearTimeout(timer);
}
