// The host functions of file-declaration.ts: the path is settled, decided about, and then acted on.
import {
  fail,
  object,
  succeed,
  textArgument,
  type AuthorityRequest,
  type CapabilityName,
  type HostArguments,
  type HostCallContext,
  type HostFunction,
  type HostModule,
  type Outcome,
  type Value,
} from "@crucible/sandbox";
import { fileDeclaration } from "./file-declaration.ts";
import type { FileEntry, FilePowers } from "./file-powers.ts";

/** Makes the part `fs` of the module `crucible`. */
export function createFileModule(powers: FilePowers): HostModule {
  // What was decided about, until the call has run: an answer of "once" must not be asked for twice, and a link that is
  // moved after the decision must not matter.
  const decided = new WeakMap<HostCallContext, string>();
  const onPath = (
    name: string,
    capability: CapabilityName,
    verb: string,
    act: (path: string, args: HostArguments, call: HostCallContext) => Promise<Outcome<Value>>,
    subjectOf: (path: string) => string = (path) => path,
  ): HostFunction => ({
    authority: (args, call) => {
      const path = powers.settle(textArgument(args, "path"));
      if (!path.ok) return path;
      decided.set(call, path.value);
      const request: AuthorityRequest = {
        capability,
        operation: `crucible.fs.${name}`,
        subject: { kind: "path", value: subjectOf(path.value) },
        argumentSummary: `${verb} "${path.value}"${sizeNote(args["content"])}`,
      };
      return succeed([request]);
    },
    run: async (args, call) => {
      const path = decided.get(call);
      if (path === undefined) return fail("host/path-refused", `Cannot ${verb}: nobody decided about its path`);
      return act(path, args, call);
    },
  });

  return {
    declaration: fileDeclaration,
    functions: {
      "fs.read": onPath("read", "FsRead", "read file", (path, args, call) => readFile(powers, path, args, call)),
      "fs.entries": onPath(
        "entries",
        "FsRead",
        "list folder",
        async (path) => {
          const found = await powers.entries(path);
          return found.ok ? succeed(found.value.map(entryValue)) : found;
        },
        // The list says something about each entry: it is decided about the folder with all that is in it.
        (path) => (path.endsWith("/") ? path : `${path}/`),
      ),
      "fs.stat": onPath("stat", "FsRead", "look at", async (path) => {
        const found = await powers.stat(path);
        return found.ok ? succeed(entryValue(found.value)) : found;
      }),
      "fs.write": onPath("write", "FsWrite", "write file", (path, args, call) => writeFile(powers, path, args, call)),
      "fs.make_folder": onPath("make_folder", "FsWrite", "make folder", async (path) =>
        nothing(await powers.makeFolder(path)),
      ),
      "fs.remove": onPath("remove", "FsWrite", "remove", async (path) => nothing(await powers.remove(path))),
    },
  };
}

async function readFile(
  powers: FilePowers,
  path: string,
  args: HostArguments,
  call: HostCallContext,
): Promise<Outcome<Value>> {
  const options = args["options"];
  const named =
    typeof options === "object" && options !== null && "max_bytes" in options ? options["max_bytes"] : undefined;
  const maxBytes = Math.min(typeof named === "number" ? named : call.limits.file_bytes, call.limits.file_bytes);
  const content = await powers.read(path, maxBytes);
  if (!content.ok) return content;
  if (typeof options === "object" && options !== null && "as" in options && options["as"] === "bytes")
    return succeed(content.value);
  try {
    return succeed(new TextDecoder("utf-8", { fatal: true }).decode(content.value));
  } catch {
    return fail("host/invalid-argument", `Cannot read "${path}" as text: it is not UTF-8`, {
      hint: 'Read it with as = "bytes"',
    });
  }
}

async function writeFile(
  powers: FilePowers,
  path: string,
  args: HostArguments,
  call: HostCallContext,
): Promise<Outcome<Value>> {
  const given = args["content"];
  const content = typeof given === "string" ? new TextEncoder().encode(given) : given;
  if (!(content instanceof Uint8Array))
    return fail("host/invalid-argument", `Cannot write "${path}": the content is neither text nor bytes`);
  const limit = call.limits.file_bytes;
  if (content.length > limit)
    return fail(
      "limit/file-size",
      `Cannot write "${path}": the content has ${content.length} bytes, allowed: ${limit}`,
      {
        limit: { limit, used: content.length, unit: "bytes" },
      },
    );
  const written = await powers.write(path, content);
  return written.ok
    ? succeed(
        object([
          ["size", content.length],
          ["is_new", written.value],
        ]),
      )
    : written;
}

function entryValue({ name, kind, size, modified }: FileEntry): Value {
  return object([
    ["name", name],
    ["kind", kind],
    ["size", size],
    ["modified", new Date(modified).toISOString()],
  ]);
}

function nothing(outcome: Outcome<void>): Outcome<Value> {
  return outcome.ok ? succeed(null) : outcome;
}

function sizeNote(content: Value | undefined): string {
  if (typeof content === "string") return ` (${new TextEncoder().encode(content).length} bytes)`;
  return content instanceof Uint8Array ? ` (${content.length} bytes)` : "";
}
