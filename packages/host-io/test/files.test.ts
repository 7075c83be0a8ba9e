// Files outside of the kiln: traversal, links, special files, exchanged folders, sizes; on a real disk.
import { createFileModule, createFilePowers, type FilePowers } from "@crucible/host-io";
import { checkHostModule, toPlain, unwrap, type Outcome, type Value } from "@crucible/sandbox";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { args, createCaller, type Caller } from "./host-call.ts";

let root: string;
let open: string;
let secret: string;
let kiln: string;
let powers: FilePowers;
let caller: Caller;

beforeEach(() => {
  root = realpathSync.native(mkdtempSync(join(tmpdir(), "crucible-files-")));
  [open, secret, kiln] = [join(root, "open"), join(root, "secret"), join(root, "kiln")];
  for (const folder of [open, secret, kiln]) mkdirSync(folder);
  writeFileSync(join(open, "a.txt"), "hello");
  writeFileSync(join(secret, "s.txt"), "secret");
  writeFileSync(join(kiln, "note.md"), "note");
  powers = createFilePowers({ excluded: [kiln], home: root });
  // What was granted: everything below "open".
  caller = createCaller(
    createFileModule(powers),
    ({ subject }) => subject?.value === open || subject?.value.startsWith(`${open}/`) === true,
  );
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const plain = (outcome: Outcome<Value>): unknown => (outcome.ok ? toPlain(outcome.value) : outcome.error);
const read = (path: string, options: Record<string, Value> = {}): Promise<Outcome<Value>> =>
  caller.call("fs.read", args({ path, options: args(options) }));
const write = (path: string, content: Value): Promise<Outcome<Value>> =>
  caller.call("fs.write", args({ path, content }));

describe("the module", () => {
  test("is well formed", () => {
    expect(checkHostModule(createFileModule(powers))).toEqual([]);
  });
});

describe("files", () => {
  test("are written and read back, as text and as bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: "grapheme" }), fc.uint8Array()), async (content) => {
        const path = join(open, "round-trip");
        unwrap(await write(path, content));
        const found = unwrap(await read(path, { as: typeof content === "string" ? "text" : "bytes" }));
        expect(found).toEqual(content);
      }),
      { numRuns: 30 },
    );
    expect(readdirSync(open).sort()).toEqual(["a.txt", "round-trip"]);
  });

  test("say whether they are new, and keep their permissions", async () => {
    const path = join(open, "a.txt");
    chmodSync(path, 0o640);
    expect(plain(await write(path, "x"))).toEqual({ size: 1, is_new: false });
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(plain(await write(join(open, "new.txt"), "xy"))).toEqual({ size: 2, is_new: true });
  });

  test("are found below the home folder", async () => {
    expect(unwrap(await read("~/open/a.txt"))).toBe("hello");
    expect(caller.asked[0]).toMatchObject({
      capability: "FsRead",
      operation: "crucible.fs.read",
      subject: { kind: "path", value: join(open, "a.txt") },
    });
  });

  test("are listed and looked at, without links and special files", async () => {
    mkdirSync(join(open, "folder"));
    symlinkSync(secret, join(open, "link"));
    execFileSync("mkfifo", [join(open, "pipe")]);
    expect(plain(await caller.call("fs.entries", args({ path: open })))).toMatchObject([
      { name: "a.txt", kind: "file", size: 5 },
      { name: "folder", kind: "folder", size: 0 },
    ]);
    expect(plain(await caller.call("fs.stat", args({ path: join(open, "folder") })))).toMatchObject({
      name: "folder",
      kind: "folder",
    });
    expect(await caller.call("fs.stat", args({ path: join(open, "absent") }))).toMatchObject({
      ok: false,
      error: { code: "host/not-found" },
    });
  });

  test("and empty folders are made and removed", async () => {
    const folder = join(open, "made");
    unwrap(await caller.call("fs.make_folder", args({ path: folder })));
    unwrap(await caller.call("fs.make_folder", args({ path: folder })));
    unwrap(await write(join(folder, "x"), "x"));
    expect(await caller.call("fs.remove", args({ path: folder }))).toMatchObject({
      ok: false,
      error: { code: "host/path-refused" },
    });
    unwrap(await caller.call("fs.remove", args({ path: join(folder, "x") })));
    unwrap(await caller.call("fs.remove", args({ path: folder })));
    expect(existsSync(folder)).toBe(false);
    expect(await caller.call("fs.make_folder", args({ path: join(open, "a.txt") }))).toMatchObject({
      ok: false,
      error: { code: "host/path-refused" },
    });
  });

  test("are bounded: at the limit they pass, one byte more fails, and nothing is left behind", async () => {
    const path = join(open, "sized");
    expect((await caller.call("fs.write", args({ path, content: "x".repeat(100) }), { fileBytes: 100 })).ok).toBe(true);
    expect(await caller.call("fs.write", args({ path, content: "x".repeat(101) }), { fileBytes: 100 })).toMatchObject({
      ok: false,
      error: { code: "limit/file-size", details: { limit: { limit: 100, used: 101, unit: "bytes" } } },
    });
    expect(readFileSync(path, "utf8")).toHaveLength(100);
    expect((await caller.call("fs.read", args({ path }), { fileBytes: 100 })).ok).toBe(true);
    expect(await caller.call("fs.read", args({ path }), { fileBytes: 99 })).toMatchObject({
      ok: false,
      error: { code: "limit/file-size", details: { limit: { limit: 99, used: 100, unit: "bytes" } } },
    });
    expect((await read(path, { max_bytes: 99 })).ok).toBe(false);
  });

  test("that are not UTF-8 are not passed off as text", async () => {
    writeFileSync(join(open, "binary"), Uint8Array.of(0xff, 0xfe));
    expect(await read(join(open, "binary"))).toMatchObject({
      ok: false,
      error: { code: "host/invalid-argument", details: { hint: expect.stringContaining("bytes") as string } },
    });
  });
});

describe("ways out", () => {
  test.each(["open/../secret/s.txt", "open/./a.txt", "../open/a.txt"])(
    "%s is refused before anything is decided",
    async (path) => {
      expect(await read(`${root}/${path}`)).toMatchObject({ ok: false, error: { code: "host/path-refused" } });
      expect(await read(path)).toMatchObject({ ok: false, error: { code: "host/path-refused" } });
      expect(caller.asked).toEqual([]);
    },
  );

  test("NUL, relative and empty paths are refused", async () => {
    for (const path of [`${open}/a.txt\0.md`, "open/a.txt", "", "~root/x", "C:\\x"])
      expect((await read(path)).ok).toBe(false);
    expect(caller.asked).toEqual([]);
  });

  test("links are decided about by where they lead: a file, a folder on the way, a chain, a loop, a dangling one", async () => {
    symlinkSync(join(secret, "s.txt"), join(open, "file-link"));
    symlinkSync(secret, join(open, "folder-link"));
    symlinkSync(join(open, "file-link"), join(open, "chain"));
    symlinkSync(join(open, "loop"), join(open, "loop"));
    symlinkSync(join(secret, "absent"), join(open, "dangling"));
    for (const name of ["file-link", "folder-link/s.txt", "chain"]) {
      expect(await read(join(open, name))).toMatchObject({ ok: false, error: { code: "capability/denied" } });
      expect(caller.asked.at(-1)?.subject?.value).toBe(join(secret, "s.txt"));
    }
    expect((await read(join(open, "loop"))).ok).toBe(false);
    expect((await write(join(open, "file-link"), "x")).ok).toBe(false);
    expect((await write(join(open, "folder-link/new"), "x")).ok).toBe(false);
    expect((await write(join(open, "dangling"), "x")).ok).toBe(false);
    expect(readdirSync(secret)).toEqual(["s.txt"]);
    expect(readFileSync(join(secret, "s.txt"), "utf8")).toBe("secret");
  });

  test("a link that leads to something granted is followed", async () => {
    symlinkSync(join(open, "a.txt"), join(secret, "inward"));
    expect(unwrap(await read(join(secret, "inward")))).toBe("hello");
  });

  test("the kiln, its links, and the system's own folders are not files", async () => {
    const all = createCaller(createFileModule(powers));
    symlinkSync(kiln, join(open, "kiln-link"));
    for (const path of [
      join(kiln, "note.md"),
      kiln,
      join(open, "kiln-link/note.md"),
      "/proc/self/environ",
      "/proc/self/mem",
      "/sys/kernel",
      "/dev/null",
      "/dev/fd/0",
      `/${kiln}/note.md`,
    ])
      expect(await all.call("fs.read", args({ path }))).toMatchObject({
        ok: false,
        error: { code: "host/path-refused" },
      });
    expect(all.asked).toEqual([]);
    expect(plain(await all.call("fs.entries", args({ path: root })))).toMatchObject([
      { name: "open" },
      { name: "secret" },
    ]);
  });

  test("pipes, sockets and folders are not read, and reading a pipe does not wait", async () => {
    execFileSync("mkfifo", [join(open, "pipe")]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(open, "socket"), resolve));
    try {
      for (const name of ["pipe", "socket", "."]) {
        const path = name === "." ? open : join(open, name);
        expect(await read(path)).toMatchObject({ ok: false, error: { code: "host/path-refused" } });
        if (name !== ".") expect((await write(path, "x")).ok).toBe(false);
        if (name !== ".") expect((await caller.call("fs.remove", args({ path }))).ok).toBe(false);
      }
    } finally {
      server.close();
    }
  });

  test("writing replaces the name, never what a hard link shares", async () => {
    linkSync(join(secret, "s.txt"), join(open, "hard"));
    unwrap(await write(join(open, "hard"), "mine"));
    expect(readFileSync(join(secret, "s.txt"), "utf8")).toBe("secret");
  });
});

describe("races between the decision and the effect", () => {
  const swaps: readonly [string, () => void][] = [
    [
      "the file becomes a link",
      () => {
        unlinkSync(join(open, "sub/a.txt"));
        symlinkSync(join(secret, "s.txt"), join(open, "sub/a.txt"));
      },
    ],
    [
      "its folder becomes a link",
      () => {
        renameSync(join(open, "sub"), join(open, "old"));
        symlinkSync(secret, join(open, "sub"));
      },
    ],
    [
      "a folder above becomes a link",
      () => {
        renameSync(open, join(root, "moved"));
        symlinkSync(secret, open);
        mkdirSync(join(secret, "sub"), { recursive: true });
        writeFileSync(join(secret, "sub/a.txt"), "secret");
      },
    ],
  ];
  beforeEach(() => {
    mkdirSync(join(open, "sub"));
    writeFileSync(join(open, "sub/a.txt"), "public");
    writeFileSync(join(secret, "a.txt"), "secret");
  });

  test.each(swaps)("%s: nothing of the secret is read", async (_, swap) => {
    const found = await caller.call("fs.read", args({ path: join(open, "sub/a.txt") }), { afterDecision: swap });
    expect(found.ok).toBe(false);
  });

  test.each(swaps)("%s: nothing is written or removed elsewhere", async (_, swap) => {
    const written = await caller.call("fs.write", args({ path: join(open, "sub/a.txt"), content: "evil" }), {
      afterDecision: swap,
    });
    const secrets = [join(secret, "a.txt"), join(secret, "s.txt"), join(secret, "sub/a.txt")].filter((path) =>
      existsSync(path),
    );
    for (const path of secrets) expect(readFileSync(path, "utf8")).toBe("secret");
    expect(readdirSync(secret).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    // Where only the name itself was a link, the link is replaced, which is inside of what was granted.
    if (written.ok) expect(readFileSync(join(open, "sub/a.txt"), "utf8")).toBe("evil");
  });

  test("a folder that is exchanged all the time never leaks a secret", async () => {
    const decoy = join(open, "decoy");
    symlinkSync(secret, decoy);
    const path = join(open, "sub/a.txt");
    let swapped = false;
    const swap = (): void => {
      // Exchanges the folder and the link to the secret, back and forth.
      renameSync(join(open, "sub"), join(open, "third"));
      renameSync(decoy, join(open, "sub"));
      renameSync(join(open, "third"), decoy);
      swapped = !swapped;
    };
    const results = new Set<unknown>();
    for (let round = 0; round < 300; round += 1) {
      const reading = caller.call("fs.read", args({ path }), { afterDecision: swap });
      if (round % 3 === 0) queueMicrotask(swap);
      const found = await reading;
      results.add(found.ok ? found.value : "refused");
    }
    expect(results).not.toContain("secret");
    expect(results).toContain("refused");
  });
});

describe("settle", () => {
  test("returns a path that settles to itself, or a refusal; it never throws", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.constantFrom("open", "secret", "kiln", "a.txt", "..", ".", "", "~"), fc.string({ maxLength: 5 })),
          { maxLength: 5 },
        ),
        (parts) => {
          const settled = powers.settle(`${root}/${parts.join("/")}`);
          if (settled.ok) {
            expect(powers.settle(settled.value)).toEqual(settled);
            expect(settled.value.startsWith(kiln)).toBe(false);
          }
        },
      ),
    );
  });

  test("follows links in any part and keeps what is absent", () => {
    symlinkSync(secret, join(open, "link"));
    expect(powers.settle(join(open, "link/absent"))).toEqual({ ok: true, value: join(secret, "absent") });
    expect(powers.settle(join(open, "no-folder/absent"))).toMatchObject({
      ok: false,
      error: { code: "host/not-found" },
    });
    expect(powers.settle(`${open}//a.txt/`)).toMatchObject({ ok: true, value: join(open, "a.txt") });
  });
});
