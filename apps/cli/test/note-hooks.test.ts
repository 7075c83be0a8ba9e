import { once } from "node:events";
import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CruSubject } from "./cru-subject.ts";
import { createCruSubject } from "./cru-subject.ts";

let subject: CruSubject;
beforeAll(async () => {
  subject = createCruSubject();
  subject.putPlugin(
    "writer",
    "function main(p) return crucible.write_note(p.path, 'text\\n').path end",
    "capabilities: [KilnRead, KilnWrite]\nparameters: { path: { type: string } }\n",
  );
  subject.putPlugin(
    "keeper",
    "function main(e) crucible.append_note('Log.md', e.event_type .. ' ' .. e.identifier) end",
    "capabilities: [KilnRead, KilnWrite]\nhooks: [{event: 'note:created', pattern: 'Inbox/*'}, {event: 'note:modified', pattern: 'Log.md'}]\n",
  );
  for (const name of ["writer", "keeper"]) await subject.cru(["plugins", "grants", "allow", name, "KilnWrite"]);
});
afterAll(() => subject.dispose());

describe("plugins that wait for notes", () => {
  test("hear of what a run writes before it ends, and a loop of them ends with a record", async () => {
    const { cru, kiln } = subject;
    expect(await cru(["run", "writer", "-p", "path=Inbox/a"])).toMatchObject({ code: 0, stdout: "Inbox/a.md\n" });
    // The handler's first write makes the log; what it appends for that is told until the depth ends it.
    expect(readFileSync(join(kiln, "Log.md"), "utf8")).toBe("note:created Inbox/a.md\n");
    const second = await cru(["run", "writer", "-p", "path=Inbox/b"]);
    expect([second.code, second.stdout]).toStrictEqual([0, "Inbox/b.md\n"]);
    expect(second.stderr).toContain('hook of keeper: Cannot tell "keeper" of note:modified "Log.md"');
    const modified = "note:modified Log.md\n";
    expect(readFileSync(join(kiln, "Log.md"), "utf8")).toBe(
      `note:created Inbox/a.md\nnote:created Inbox/b.md\n${modified}${modified}`,
    );
    const errors = await cru(["audit", "tail", "--kind", "error"]);
    expect(errors.stdout).toContain('Cannot tell "keeper" of note:modified "Log.md": hooks caused each other 3 times');
  });

  test("of a dry run change its view only, and are shown with it", async () => {
    const { cru, kiln } = subject;
    const before = readFileSync(join(kiln, "Log.md"), "utf8");
    const { code, stderr } = await cru(["run", "writer", "--dry-run", "-p", "path=Inbox/dry"]);
    expect(code).toBe(0);
    expect(stderr).toContain("note:created Inbox/dry.md");
    expect(readFileSync(join(kiln, "Log.md"), "utf8")).toBe(before);
    expect(existsSync(join(kiln, "Inbox/dry.md"))).toBe(false);
  });

  test("hear of edits on the disk while cru kiln watch runs, of renames too, and follow their own edits", async () => {
    const { kiln, putPlugin, start, write } = subject;
    const watch = start(["kiln", "watch"]);
    await watch.until("Ctrl+C");
    write("kiln/Inbox/disk.md", "# Disk\n");
    await watch.until("note:created   Inbox/disk.md");
    renameSync(join(kiln, "Inbox/disk.md"), join(kiln, "Inbox/moved.md"));
    await watch.until("note:created   Inbox/moved.md");
    putPlugin(
      "keeper",
      "function main(e) crucible.write_note('Done.md', e.identifier) end",
      "capabilities: [KilnRead, KilnWrite]\nhooks: [{event: 'note:created', pattern: 'Inbox/*'}]\n",
    );
    await watch.until("plugin:changed keeper");
    write("kiln/Inbox/last.md", "# Last\n");
    expect(await watch.until("note:created   Done.md")).toContain("note:deleted   Inbox/disk.md");
    expect(readFileSync(join(kiln, "Done.md"), "utf8")).toBe("Inbox/last.md");
    expect(readFileSync(join(kiln, "Log.md"), "utf8")).toContain("note:created Inbox/moved.md\n");
    const ended = once(watch.child, "exit");
    watch.child.kill("SIGINT");
    expect(await ended).toStrictEqual([130, null]);
  });
});
