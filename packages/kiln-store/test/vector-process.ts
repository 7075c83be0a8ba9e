// A process of its own for tests: makes the vectors of a kiln in the background until they are complete, or leaves while
// they are being made without closing anything.
import { createKilnIndex, createMiniLmEmbedder, openKiln } from "@crucible/kiln-store";
import { createHashedEmbedder, startIndexService } from "@crucible/kiln-store/testing";
import { unwrap } from "@crucible/sandbox";

const [root = "", mode = "finish"] = process.argv.slice(2);
if (mode === "leave") {
  const { index } = openKiln({ root, embedder: createMiniLmEmbedder(), vectorsAfterMs: 0 });
  const { added } = unwrap(await index.refresh());
  while (unwrap(await index.status()).pending === added);
  process.stdout.write("left\n");
} else {
  const hashed = createHashedEmbedder("new", 32);
  // Time runs faster here, so that nobody waits long for the right of a process that was killed.
  const speed = 100;
  const index = createKilnIndex({
    service: startIndexService({ root, maxNoteBytes: 1_000_000, indexPath: undefined, postgres: undefined }),
    embedder: {
      ...hashed,
      batchSize: 2,
      embed: async (texts, purpose) => {
        process.stdout.write(`${texts.length}\n`);
        return hashed.embed(texts, purpose);
      },
    },
    clock: { now: () => Date.now() * speed },
    owner: String(process.pid),
    background: {
      delayMs: 0,
      after: (milliseconds, work) => {
        const timer = setTimeout(work, milliseconds / speed);
        return () => clearTimeout(timer);
      },
    },
  });
  while (unwrap(await index.status()).pending > 0);
  await index.dispose();
}
