// A kiln on the disk with an index, for laws about searching: the only part of a test host that is not in memory.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { followIndex } from "@crucible/kiln-api";
import { openKiln, type Embedder } from "@crucible/kiln-store";
import { unwrap } from "@crucible/sandbox";
import type { TemporaryKiln } from "./target.ts";

/** Opens an empty kiln in a temporary folder. The embedder is disposed of with it. */
export function openTemporaryKiln(embedder: Embedder): TemporaryKiln {
  const root = mkdtempSync(join(tmpdir(), "crucible-law-"));
  const kiln = openKiln({ root, embedder });
  const { openIndex, dispose } = followIndex({ open: () => kiln, now: () => performance.now(), refreshAfterMs: 0 });
  return {
    store: kiln.store,
    openIndex,
    makeVectors: async () => {
      const index = unwrap(await openIndex());
      unwrap(await index.embedPending());
    },
    dispose: async () => {
      await dispose();
      await kiln.dispose();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
