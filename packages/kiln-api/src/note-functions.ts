// The effects of note-declarations.ts upon a kiln store.
import type {
  AuthorityRequest,
  HostArguments,
  HostCallContext,
  HostFunction,
  Outcome,
  SubjectKind,
  Value,
} from "@crucible/sandbox";
import { fail, fromPlain, isObject, object, succeed, textArgument, toPlain } from "@crucible/sandbox";
import type {
  FrontMatter,
  FrontMatterChanges,
  ListedNote,
  ListOptions,
  NoteOperations,
  WriteOptions,
} from "@crucible/kiln-store";
import { parseFolderPath, parseNotePath } from "@crucible/kiln-store";
import { filterOf } from "./note-filter.ts";
import { noteValue } from "./note-value.ts";

/** @param notesFor the notes as one host call sees them: what it changes can be recorded for it */
export function createNoteFunctions(
  notesFor: (call: HostCallContext) => NoteOperations,
): Readonly<Record<string, HostFunction>> {
  return {
    read_note: {
      authority: onNote(notesFor, "KilnRead", "read_note", "read note"),
      run: async (args, call) => map(await notesFor(call).readNote(textArgument(args, "path")), noteValue),
    },
    list_notes: {
      authority: (args) => {
        const folder = parseFolderPath(optionalText(args, "folder") ?? "");
        if (!folder.ok) return folder;
        const shown = folder.value === "" ? "the kiln" : `folder "${folder.value}"`;
        return succeed([request("KilnRead", "list_notes", "folder", folder.value, `list ${shown}`)]);
      },
      run: async (args, call) => {
        const listed = await notesFor(call).listNotes(optionalText(args, "folder") ?? "", listOptions(args["options"]));
        return map(listed, ({ notes: found }) => found.map(listedValue));
      },
    },
    write_note: {
      authority: onNote(notesFor, "KilnWrite", "write_note", "write note"),
      run: async (args, call) => {
        const content = textArgument(args, "content");
        const frontmatter = args["frontmatter"];
        const size = checkSize(content, call.limits.file_bytes, textArgument(args, "path"));
        if (!size.ok) return size;
        return map(
          await notesFor(call).writeNote(
            textArgument(args, "path"),
            content,
            frontmatter === undefined ? undefined : (toPlain(frontmatter) as FrontMatter),
            writeOptions(args["options"]),
          ),
          fromPlain,
        );
      },
    },
    append_note: {
      authority: onNote(notesFor, "KilnWrite", "append_note", "append to note"),
      run: async (args, call) => {
        const size = checkSize(textArgument(args, "text"), call.limits.file_bytes, textArgument(args, "path"));
        if (!size.ok) return size;
        return map(
          await notesFor(call).appendNote(
            textArgument(args, "path"),
            textArgument(args, "text"),
            writeOptions(args["options"]),
          ),
          fromPlain,
        );
      },
    },
    update_frontmatter: {
      authority: onNote(notesFor, "KilnWrite", "update_frontmatter", "change the front matter of note"),
      run: async (args, call) =>
        map(
          await notesFor(call).updateFrontmatter(
            textArgument(args, "path"),
            changesOf(args["changes"]),
            writeOptions(args["options"]),
          ),
          fromPlain,
        ),
    },
    rename_note: {
      // Links stand in any note, so that the right to change all of them is asked as well.
      authority: (args) => {
        const path = parseNotePath(textArgument(args, "path"));
        if (!path.ok) return path;
        const target = parseNotePath(textArgument(args, "new_path"));
        if (!target.ok) return target;
        const summary = `rename note "${path.value}" to "${target.value}"`;
        return succeed([
          request("KilnWrite", "rename_note", "note", path.value, summary),
          request("KilnWrite", "rename_note", "note", target.value, summary),
          request("KilnWrite", "rename_note", "folder", "", `${summary} and change links to it in other notes`),
        ]);
      },
      run: async (args, call) =>
        map(
          await notesFor(call).renameNote(
            textArgument(args, "path"),
            textArgument(args, "new_path"),
            writeOptions(args["options"]),
          ),
          fromPlain,
        ),
    },
    delete_note: {
      authority: onNote(notesFor, "KilnWrite", "delete_note", "delete note"),
      run: async (args, call) =>
        map(await notesFor(call).deleteNote(textArgument(args, "path"), writeOptions(args["options"])), fromPlain),
    },
  };
}

// The decision is made about the path in its one spelling, so that no other spelling of it gets past a scope.
function onNote(
  notesFor: (call: HostCallContext) => NoteOperations,
  capability: AuthorityRequest["capability"],
  name: string,
  verb: string,
): NonNullable<HostFunction["authority"]> {
  return (args, call) => {
    const path = parseNotePath(textArgument(args, "path"));
    if (!path.ok) return path;
    const asked = request(capability, name, "note", path.value, `${verb} "${path.value}"`);
    const findTags = async (): Promise<readonly string[]> => {
      const note = await notesFor(call).readNote(path.value);
      return note.ok ? note.value.tags : [];
    };
    return succeed([{ ...asked, subject: { kind: "note", value: path.value, findTags } }]);
  };
}

function request(
  capability: AuthorityRequest["capability"],
  name: string,
  kind: SubjectKind,
  value: string,
  argumentSummary: string,
): AuthorityRequest {
  return { capability, operation: `crucible.${name}`, subject: { kind, value }, argumentSummary };
}

function checkSize(content: string, limit: number, path: string): Outcome<void> {
  const bytes = new TextEncoder().encode(content).length;
  if (bytes <= limit) return succeed(undefined);
  return fail(
    "limit/file-size",
    `Cannot write note "${path}": ${bytes} bytes are given, at most ${limit} are allowed`,
    { limit: { limit, used: bytes, unit: "bytes" } },
  );
}

function listedValue({ path, name, metadata }: ListedNote): Value {
  return fromPlain({ path, name, ...metadata });
}

function listOptions(given: Value | undefined): ListOptions {
  if (given === undefined || !isObject(given)) return {};
  const filter = filterOf(given);
  return {
    ...(typeof given["recursive"] === "boolean" ? { recursive: given["recursive"] } : {}),
    ...(typeof given["metadata"] === "boolean" ? { metadata: given["metadata"] } : {}),
    ...(Object.keys(filter).length === 0 ? {} : { filter }),
  };
}

function writeOptions(given: Value | undefined): WriteOptions {
  if (given === undefined || !isObject(given)) return {};
  const hash = given["expected_hash"];
  return typeof hash === "string" || hash === null ? { expectedHash: hash } : {};
}

function changesOf(given: Value | undefined): FrontMatterChanges {
  const changes = given !== undefined && isObject(given) ? given : object([]);
  return Object.fromEntries(
    Object.entries(changes).map(([key, value]) => [
      key,
      value === null ? undefined : (toPlain(value) as FrontMatter[string]),
    ]),
  );
}

function map<T>(outcome: Outcome<T>, convert: (value: T) => Value): Outcome<Value> {
  return outcome.ok ? succeed(convert(outcome.value)) : outcome;
}

function optionalText(args: HostArguments, name: string): string | undefined {
  const value = args[name];
  return typeof value === "string" ? value : undefined;
}
