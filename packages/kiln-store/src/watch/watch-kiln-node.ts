// Watches the folder of a kiln and keeps its index up to date, burst by burst.
import { realpathSync } from "node:fs";
import { relative, sep } from "node:path";
import { watch } from "chokidar";
import { toErrorValue, type ErrorValue } from "@crucible/sandbox/outcome";
import type { NoteEvent } from "../index/refresh-index.ts";
import type { KilnIndex } from "../kiln-index.ts";
import { isNotePath } from "../note-path.ts";
import { createChangeCoalescer } from "./coalesce-changes.ts";

export interface WatchOptions {
  readonly root: string;
  readonly index: Pick<KilnIndex, "refresh">;
  /** Gets what happened to notes, after the index knows it, at most a thousand at once. A rename is one event. */
  readonly onChanges?: (changes: readonly NoteEvent[]) => void;
  /** Gets what went wrong; watching goes on. */
  readonly onProblem?: (error: ErrorValue) => void;
  readonly quietMs?: number;
  readonly maxMs?: number;
}

export interface KilnWatch {
  /** Resolves when the watch sees every change, and changes from before it have reached the index. */
  readonly ready: Promise<void>;
  /** Resolves when every change that was noticed so far is in the index. */
  idle(): Promise<void>;
  dispose(): Promise<void>;
}

/** Starts watching. Dot folders and `node_modules` are left out, links are not followed. */
export function watchKiln(options: WatchOptions): KilnWatch {
  const root = realpathSync(options.root);
  const report = async (paths: readonly string[] | undefined): Promise<void> => {
    try {
      const refreshed = await options.index.refresh(paths);
      if (!refreshed.ok) options.onProblem?.(refreshed.error);
      else if (refreshed.value.changes.length > 0) options.onChanges?.(refreshed.value.changes);
    } catch (thrown) {
      options.onProblem?.(toErrorValue(thrown));
    }
  };
  const coalescer = createChangeCoalescer({
    quietMs: options.quietMs ?? 80,
    maxMs: options.maxMs ?? 1000,
    clock: { now: () => performance.now() },
    after: (milliseconds, work) => {
      const timer = setTimeout(work, milliseconds);
      return () => clearTimeout(timer);
    },
    flush: report,
  });
  const watcher = watch(root, {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path) => {
      const name = path.slice(path.lastIndexOf(sep) + 1);
      return path !== root && (name.startsWith(".") || name === "node_modules");
    },
  });
  watcher.on("all", (_event, path) => {
    const local = relative(root, path).split(sep).join("/").normalize("NFC");
    if (isNotePath(local)) coalescer.add(local);
  });
  watcher.on("error", (error) => options.onProblem?.(toErrorValue(error)));
  const ready = new Promise<void>((resolve) => watcher.once("ready", () => resolve())).then(() => report(undefined));
  return {
    ready,
    idle: () => coalescer.idle(),
    async dispose() {
      await watcher.close();
      await coalescer.dispose();
    },
  };
}
