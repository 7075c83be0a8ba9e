import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostCallContext } from "@crucible/sandbox";
import { fail, succeed, unwrap } from "@crucible/sandbox";
import type { FileChange, RecordedChange } from "@crucible/kiln-api";
import { recordChanges, undoExecution } from "@crucible/kiln-api";
import { createKilnFiles, createKilnStore, createOverlayFiles, type KilnFiles } from "@crucible/kiln-store";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const recorded = (changes: readonly FileChange[]): RecordedChange[] =>
  changes.map(({ path, before, after }) => ({
    path,
    beforeHash: before === undefined ? null : hash(before),
    afterHash: after === undefined ? null : hash(after),
    readBefore: () => Promise.resolve(before),
  }));
// What is recorded is not asked for the call; the tests' calls differ in nothing.
const call = {} as HostCallContext;

let root: string;
let files: KilnFiles;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "undo-"));
  files = createKilnFiles({ root });
});
afterEach(async () => {
  await files.dispose();
  rmSync(root, { recursive: true, force: true });
});

const paths = ["a.md", "b.md", "f/c.md"];
const operation = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), path: fc.constantFrom(...paths), text: fc.string() }),
  fc.record({ kind: fc.constant("append" as const), path: fc.constantFrom(...paths), text: fc.string() }),
  fc.record({ kind: fc.constant("delete" as const), path: fc.constantFrom(...paths), text: fc.constant("") }),
  fc.record({ kind: fc.constant("rename" as const), path: fc.constantFrom(...paths), text: fc.constantFrom(...paths) }),
);

describe("undoExecution", () => {
  test("restores every byte after any sequence of changes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...paths), fc.string()),
        fc.array(operation, { minLength: 1, maxLength: 12 }),
        async (start, operations) => {
          const view = createOverlayFiles(files, { now: () => 1 });
          for (const [path, text] of Object.entries(start))
            unwrap(await view.write(path, new TextEncoder().encode(text), { kind: "any" }));
          const content = async (): Promise<Record<string, string | null>> =>
            Object.fromEntries(
              await Promise.all(
                paths.map(
                  async (path) =>
                    [
                      path,
                      await view
                        .read(path, 1e6)
                        .then((found) => (found.ok ? new TextDecoder().decode(found.value.bytes) : null)),
                    ] as const,
                ),
              ),
            );
          const before = await content();
          const changes: FileChange[] = [];
          const store = createKilnStore({
            files: recordChanges(view, (change) => (changes.push(change), succeed(undefined)), call),
          });
          for (const { kind, path, text } of operations) {
            if (kind === "write") await store.writeNote(path, text);
            else if (kind === "append") await store.appendNote(path, text);
            else if (kind === "delete") await store.deleteNote(path);
            else await store.renameNote(path, text);
          }
          unwrap(await undoExecution(view, recorded(changes)));
          expect(await content()).toStrictEqual(before);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("restores every byte of an execution whose process was killed at any moment", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...paths), fc.string()),
        fc.array(operation, { minLength: 1, maxLength: 8 }),
        fc.nat(12),
        fc.constantFrom("before" as const, "after" as const),
        async (start, operations, steps, moment) => {
          const view = createOverlayFiles(files, { now: () => 1 });
          for (const [path, text] of Object.entries(start))
            unwrap(await view.write(path, new TextEncoder().encode(text), { kind: "any" }));
          const content = async (): Promise<unknown> =>
            Promise.all(
              paths.map((path) =>
                view.read(path, 1e6).then((found) => (found.ok ? new TextDecoder().decode(found.value.bytes) : null)),
              ),
            );
          const before = await content();
          // The process dies in one of its changes of files, before or after that one: nothing of it happens any more.
          let left = steps;
          const never = new Promise<never>(() => undefined);
          let died: () => void = () => undefined;
          const death = new Promise<void>((resolve) => (died = resolve));
          const mortal = async <T>(change: () => Promise<T>): Promise<T> => {
            left -= 1;
            if (left < 0 || (left === 0 && moment === "before")) {
              died();
              return never;
            }
            const done = await change();
            if (left === 0) {
              died();
              return never;
            }
            return done;
          };
          const dying: KilnFiles = {
            ...view,
            write: (...given) => mortal(() => view.write(...given)),
            move: (...given) => mortal(() => view.move(...given)),
            remove: (...given) => mortal(() => view.remove(...given)),
            // The lock goes with the process.
            exclusive: (work) => work(),
          };
          const changes: FileChange[] = [];
          const store = createKilnStore({
            files: recordChanges(dying, (change) => (changes.push(change), succeed(undefined)), call),
          });
          const run = async (): Promise<void> => {
            for (const { kind, path, text } of operations) {
              if (kind === "write") await store.writeNote(path, text);
              else if (kind === "append") await store.appendNote(path, text);
              else if (kind === "delete") await store.deleteNote(path);
              else await store.renameNote(path, text);
            }
          };
          await Promise.race([run(), death]);
          unwrap(await undoExecution(view, recorded(changes)));
          expect(await content()).toStrictEqual(before);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("a change that cannot be recorded does not happen, and one that fails is recorded as taken back", async () => {
    writeFileSync(join(root, "a.md"), "before");
    const refusing = createKilnStore({
      files: recordChanges(files, () => fail("host/unavailable", "The journal is full"), call),
    });
    expect(await refusing.writeNote("a.md", "after")).toMatchObject({ ok: false, error: { code: "host/unavailable" } });
    expect(readFileSync(join(root, "a.md"), "utf8")).toBe("before");
    const changes: FileChange[] = [];
    const failing = recordChanges(
      { ...files, write: () => Promise.resolve(fail("host/unavailable", "No space is left")) },
      (change) => (changes.push(change), succeed(undefined)),
      call,
      () => expect.unreachable("nothing has changed"),
    );
    expect((await createKilnStore({ files: failing }).writeNote("a.md", "after")).ok).toBe(false);
    expect(changes.map(({ after }) => new TextDecoder().decode(after))).toStrictEqual(["after", "before"]);
    expect(unwrap(await undoExecution(files, recorded(changes)))).toStrictEqual([]);
  });

  test("refuses as a whole when a file changed since, and names it", async () => {
    const changes: FileChange[] = [];
    const store = createKilnStore({
      files: recordChanges(files, (change) => (changes.push(change), succeed(undefined)), call),
    });
    await store.writeNote("a.md", "one");
    await store.writeNote("b.md", "two");
    writeFileSync(join(root, "a.md"), "somebody else");
    expect(await undoExecution(files, recorded(changes))).toMatchObject({
      ok: false,
      error: { code: "host/note-conflict", details: { paths: ["a.md"] } },
    });
    expect(readFileSync(join(root, "b.md"), "utf8")).toBe("two");
  });

  test("refuses when the former bytes are not kept any more", async () => {
    writeFileSync(join(root, "a.md"), "before");
    const changes: FileChange[] = [];
    const store = createKilnStore({
      files: recordChanges(files, (change) => (changes.push(change), succeed(undefined)), call),
    });
    await store.writeNote("a.md", "after");
    const lost = recorded(changes).map((change) => ({ ...change, readBefore: () => Promise.resolve(undefined) }));
    expect(await undoExecution(files, lost)).toMatchObject({ ok: false, error: { code: "host/not-found" } });
    expect(readFileSync(join(root, "a.md"), "utf8")).toBe("after");
  });

  test("twice is no harm", async () => {
    const changes: FileChange[] = [];
    const store = createKilnStore({
      files: recordChanges(files, (change) => (changes.push(change), succeed(undefined)), call),
    });
    await store.writeNote("a.md", "one");
    expect(unwrap(await undoExecution(files, recorded(changes)))).toStrictEqual([{ path: "a.md", effect: "removed" }]);
    expect(unwrap(await undoExecution(files, recorded(changes)))).toStrictEqual([]);
  });
});
