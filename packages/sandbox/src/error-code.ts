// Every error code of the platform, with who reads it, why it happens and what helps. docs/errors.md is this table.
// Codes are written by hand and never reused for another meaning.

export interface ErrorCodeEntry {
  /** Whose action can help: the author of the plugin, the person who runs it, or the operator of the host. */
  readonly audience: "author" | "user" | "operator";
  readonly cause: string;
  readonly remedy: string;
}

const table = {
  "manifest/syntax": {
    audience: "author",
    cause: "The front matter is not YAML of the safe subset",
    remedy: "Correct the YAML at the line that the message names",
  },
  "manifest/missing": {
    audience: "author",
    cause: "A plugin file has no front matter, or a folder has no plugin.yaml",
    remedy: "Start the file with a block between --- lines that has at least name and description",
  },
  "manifest/invalid": {
    audience: "author",
    cause: "A manifest field has a value that the format does not allow",
    remedy: "Correct each field that the findings name",
  },
  "manifest/unknown-key": {
    audience: "author",
    cause: "The manifest has a key that nothing reads",
    remedy: "Correct the spelling as suggested, remove the key, or start it with x-",
  },
  "manifest/limit-above-maximum": {
    audience: "author",
    cause: "A limit in the manifest is above the system's maximum",
    remedy: "Lower it to the maximum that the message names",
  },

  "compile/syntax": {
    audience: "author",
    cause: "The source does not parse",
    remedy: "Correct the source at the place that the message shows",
  },
  "compile/invalid": {
    audience: "author",
    cause: "The source parses but cannot be compiled",
    remedy: "Correct the source at the places that the findings show",
  },
  "compile/forbidden-global": {
    audience: "author",
    cause: "The source names a global that plugins do not have",
    remedy: "Use what the finding names instead, or a module of the host",
  },
  "compile/too-large": {
    audience: "author",
    cause: "The source, its nesting or a part of it is above the compiler's bounds",
    remedy: "Split the plugin",
  },
  "compile/artifact-rejected": {
    audience: "operator",
    cause: "A compiled artifact is damaged, foreign or of another version",
    remedy: "Compile it again from its source",
  },

  "capability/denied": {
    audience: "user",
    cause: "The capability is declared but was not granted",
    remedy: "Permit it as the message says: by its command, or by an answer at a terminal",
  },
  "capability/escalation": {
    audience: "author",
    cause: "The plugin used a capability that its manifest does not declare",
    remedy: "Declare the capability in the manifest, if the plugin should have it",
  },
  "capability/quarantined": {
    audience: "user",
    cause: "The plugin was stopped after repeated violations or crashes",
    remedy: "Look at its journal, then release it",
  },

  "limit/memory": {
    audience: "author",
    cause: "The guest needed more memory than memory_bytes",
    remedy: "Use less memory, or raise limits.memory_bytes in the manifest",
  },
  "limit/deadline": {
    audience: "author",
    cause: "The invocation took longer than timeout_ms",
    remedy: "Do less in one invocation, or raise limits.timeout_ms in the manifest",
  },
  "limit/fuel": {
    audience: "author",
    cause: "The guest executed more than its fuel",
    remedy: "Do less in one invocation, or raise limits.fuel in the manifest",
  },
  "limit/depth": {
    audience: "author",
    cause: "Calls nest deeper than call_depth",
    remedy: "Use a loop instead of recursion, or raise limits.call_depth",
  },
  "limit/output": {
    audience: "author",
    cause: "The guest returned, emitted or printed more than output_bytes",
    remedy: "Return less, or raise limits.output_bytes",
  },
  "limit/host-calls": {
    audience: "author",
    cause: "The guest made more host calls than host_calls",
    remedy: "Use the batch functions, or raise limits.host_calls",
  },
  "limit/file-size": {
    audience: "author",
    cause: "A file or note to be written is larger than file_bytes",
    remedy: "Write less, or raise limits.file_bytes",
  },
  "limit/rate": {
    audience: "user",
    cause: "The plugin was invoked more often than rate_per_minute and its burst allow",
    remedy: "Wait, or raise limits.rate_per_minute",
  },
  "limit/workers": {
    audience: "operator",
    cause: "No worker was free for a nested invocation, or too many invocations wait",
    remedy: "Try again, nest less, or raise the number of workers",
  },

  "invocation/cancelled": {
    audience: "user",
    cause: "Somebody cancelled the invocation",
    remedy: "Start it again if it is still wanted",
  },
  "invocation/invalid-parameters": {
    audience: "user",
    cause: "The parameters do not match the action's schema",
    remedy: "Correct the parameters that the message names",
  },
  "invocation/invalid-result": {
    audience: "author",
    cause: "The action returned something that its schema does not allow",
    remedy: "Return what the manifest says, or correct the schema",
  },
  "invocation/not-found": {
    audience: "user",
    cause: "No invocation has this id any more",
    remedy: "Use the id of an invocation that is still kept",
  },

  "guest/exception": {
    audience: "author",
    cause: "The plugin's code raised an error",
    remedy: "Read the place and the stack that come with it",
  },
  "guest/trap": {
    audience: "author",
    cause: "The guest executed an illegal WebAssembly operation",
    remedy: "Report it with the plugin: source languages should not be able to cause it",
  },
  "guest/invalid-value": {
    audience: "author",
    cause: "The guest returned or passed a value that cannot cross the boundary",
    remedy: "Pass null, booleans, numbers, strings, bytes, arrays and objects of bounded size and depth",
  },
  "guest/deadlock": {
    audience: "author",
    cause: "The guest waits for tickets that nothing can answer",
    remedy: "Wait only for tickets that were submitted in this invocation",
  },

  "host/invalid-argument": {
    audience: "author",
    cause: "An argument of a host function does not match its schema",
    remedy: "Correct the argument that the message names",
  },
  "host/unknown-function": {
    audience: "author",
    cause: "The host module has no function of this name",
    remedy: "Use a function that the module declares",
  },
  "host/unavailable": {
    audience: "operator",
    cause: "The host function needs a service that this host does not offer",
    remedy: "Configure the service that the message names",
  },
  "host/internal": {
    audience: "operator",
    cause: "The host failed in a way that it did not expect",
    remedy: "Report it with the journal's record",
  },
  "host/note-not-found": {
    audience: "user",
    cause: "There is no note at this path",
    remedy: "Check the path; cru kiln lists notes",
  },
  "host/note-invalid": {
    audience: "user",
    cause: "The note exists but cannot be read as one",
    remedy: "Correct the note at the place that the message names",
  },
  "host/note-conflict": {
    audience: "user",
    cause: "The note changed since it was read",
    remedy: "Read it again and repeat the change",
  },
  "host/path-refused": {
    audience: "author",
    cause: "The path leaves its root or names a protected place",
    remedy: "Use a path inside the root, without links out of it",
  },
  "host/state-invalid": {
    audience: "operator",
    cause: "The plugin's stored state cannot be read or belongs to another scope",
    remedy: "Restore the file from a copy, or remove it",
  },
  "host/state-quota": {
    audience: "author",
    cause: "The plugin's stored state is larger than its quota",
    remedy: "Store less, or keep large things in notes",
  },
  "host/state-conflict": {
    audience: "author",
    cause: "What was stored changed between reading and writing it",
    remedy: "Read it again and repeat the change",
  },
  "host/event-refused": {
    audience: "author",
    cause: "A state machine takes no such event in its present state",
    remedy: "Send an event that the message lists, or ask with can first",
  },
  "host/network": {
    audience: "user",
    cause: "A request did not reach its server or got no usable answer",
    remedy: "Check the address and the network",
  },
  "host/not-found": {
    audience: "user",
    cause: "What the function was asked for does not exist",
    remedy: "Check the name",
  },

  "plugin/not-found": {
    audience: "user",
    cause: "No plugin has this name",
    remedy: "Check the name; cru plugins list shows all",
  },
  "plugin/action-not-found": {
    audience: "user",
    cause: "The plugin has no such action",
    remedy: "Use an action that cru plugins show lists",
  },
  "plugin/untrusted": {
    audience: "user",
    cause: "The plugin's content has not been trusted",
    remedy: "Read it, then trust it with the command that the message names",
  },
  "plugin/invalid": {
    audience: "author",
    cause: "The plugin was found but did not pass validation",
    remedy: "Run cru plugins validate and correct its findings",
  },
  "plugin/conflict": {
    audience: "user",
    cause: "Two plugins or files claim the same place",
    remedy: "Rename or remove one of them",
  },
  "plugin/dependency-missing": {
    audience: "author",
    cause: "A declared dependency is not installed",
    remedy: "Install it or correct its name",
  },
  "plugin/dependency-conflict": {
    audience: "author",
    cause: "No version satisfies all requirements on a dependency",
    remedy: "Change the ranges that the message lists",
  },
  "plugin/dependency-cycle": {
    audience: "author",
    cause: "Plugins depend on each other in a cycle",
    remedy: "Break the cycle that the message shows",
  },

  "config/invalid": {
    audience: "user",
    cause: "A configuration value is unknown or not allowed",
    remedy: "Correct the value at the place that the message names",
  },
  "grants/unreadable": {
    audience: "operator",
    cause: "The store of grants or trust cannot be read",
    remedy: "Restore or remove the file that the message names",
  },
  "audit/unwritable": {
    audience: "operator",
    cause: "The journal cannot be written",
    remedy: "Make its folder writable and free space; nothing runs without it",
  },
  "audit/corrupt": {
    audience: "operator",
    cause: "The journal was changed, cut or reordered",
    remedy: "Keep the files as evidence; cru audit verify names the records",
  },
  "thread/crashed": {
    audience: "operator",
    cause: "A worker thread ended unexpectedly",
    remedy: "Try again; report it if it happens again",
  },
} as const;

/** One of the codes of the table. */
export type ErrorCode = keyof typeof table;

export const errorCodes: Readonly<Record<ErrorCode, ErrorCodeEntry>> = table;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(table, text);
}
