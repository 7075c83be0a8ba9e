// A process of its own for tests: writes to, indexes and embeds a kiln until it is told to stop or is killed.
import { createKilnIndex, createKilnFiles, createKilnStore, type PostgresPlace } from "@crucible/kiln-store";
import { createHashedEmbedder, startIndexService } from "@crucible/kiln-store/testing";
import { unwrap, type Outcome } from "@crucible/sandbox";

const [root = "", name = "", rounds = "0", place] = process.argv.slice(2);
const store = createKilnStore({ files: createKilnFiles({ root }) });
const index = createKilnIndex({
  service: startIndexService({
    root,
    maxNoteBytes: 1_000_000,
    indexPath: undefined,
    postgres: place === undefined ? undefined : (JSON.parse(place) as PostgresPlace),
  }),
  embedder: createHashedEmbedder(),
  clock: { now: () => Date.now() },
  owner: name,
});
process.stdout.write("ready\n");
for (let round = 0; round < Number(rounds); round += 1) {
  unwrap(await store.appendNote("shared.md", `${name} ${round}`));
  unwrap(
    await store.writeNote(
      `own/${name}-${round % 7}.md`,
      `# ${name}\nround ${round} [[shared]]\n## Part\nmore ${round}`,
    ),
  );
  if (round % 5 === 4)
    unwrap(
      await store
        .renameNote(`own/${name}-${round % 7}.md`, `own/${name}-moved.md`)
        .then(async (moved): Promise<Outcome<unknown>> =>
          moved.ok ? moved : store.deleteNote(`own/${name}-moved.md`),
        ),
    );
  unwrap(await index.refresh());
  if (round % 3 === 0) unwrap(await index.embedPending());
  process.stdout.write(`${round}\n`);
}
await index.dispose();
await store.dispose();
