// Every error code of the platform, with who reads it, why it happens and what helps. docs/errors.md is this table.
// Codes are written by hand and never reused for another meaning.

export interface ErrorCodeEntry {
  /** Whose action can help: the author of the plugin, the person who runs it, or the operator of the host. */
  readonly audience: "author" | "user" | "operator";
  readonly cause: string;
  readonly remedy: string;
}

const table = {
  "manifest/syntax": entry("author", "The front matter is not YAML of the safe subset", "Correct the YAML at the line that the message names"),
  "manifest/missing": entry("author", "A plugin file has no front matter, or a folder has no plugin.yaml", "Start the file with a block between --- lines that has at least name and description"),
  "manifest/invalid": entry("author", "A manifest field has a value that the format does not allow", "Correct each field that the findings name"),
  "manifest/unknown-key": entry("author", "The manifest has a key that nothing reads", "Correct the spelling as suggested, remove the key, or start it with x-"),
  "manifest/limit-above-maximum": entry("author", "A limit in the manifest is above the system's maximum", "Lower it to the maximum that the message names"),

  "compile/syntax": entry("author", "The source does not parse", "Correct the source at the place that the message shows"),
  "compile/invalid": entry("author", "The source parses but cannot be compiled", "Correct the source at the places that the findings show"),
  "compile/too-large": entry("author", "The source, its nesting or a part of it is above the compiler's bounds", "Split the plugin"),
  "compile/artifact-rejected": entry("operator", "A compiled artifact is damaged, foreign or of another version", "Compile it again from its source"),

  "capability/denied": entry("user", "The capability is declared but was not granted", "Grant it with the command that the message names"),
  "capability/escalation": entry("author", "The plugin used a capability that its manifest does not declare", "Declare the capability in the manifest, if the plugin should have it"),
  "capability/quarantined": entry("user", "The plugin was stopped after repeated violations or crashes", "Look at its journal, then release it"),

  "limit/memory": entry("author", "The guest needed more memory than memory_bytes", "Use less memory, or raise limits.memory_bytes in the manifest"),
  "limit/deadline": entry("author", "The invocation took longer than timeout_ms", "Do less in one invocation, or raise limits.timeout_ms in the manifest"),
  "limit/fuel": entry("author", "The guest executed more than its fuel", "Do less in one invocation, or raise limits.fuel in the manifest"),
  "limit/depth": entry("author", "Calls nest deeper than call_depth", "Use a loop instead of recursion, or raise limits.call_depth"),
  "limit/output": entry("author", "The guest returned, emitted or printed more than output_bytes", "Return less, or raise limits.output_bytes"),
  "limit/host-calls": entry("author", "The guest made more host calls than host_calls", "Use the batch functions, or raise limits.host_calls"),
  "limit/file-size": entry("author", "A file or note to be written is larger than file_bytes", "Write less, or raise limits.file_bytes"),
  "limit/rate": entry("user", "The plugin was invoked more often than rate_per_minute and its burst allow", "Wait, or raise limits.rate_per_minute"),
  "limit/workers": entry("operator", "No worker was free for a nested invocation, or too many invocations wait", "Try again, nest less, or raise the number of workers"),

  "invocation/cancelled": entry("user", "Somebody cancelled the invocation", "Start it again if it is still wanted"),
  "invocation/invalid-parameters": entry("user", "The parameters do not match the action's schema", "Correct the parameters that the message names"),
  "invocation/invalid-result": entry("author", "The action returned something that its schema does not allow", "Return what the manifest says, or correct the schema"),
  "invocation/not-found": entry("user", "No invocation has this id any more", "Use the id of an invocation that is still kept"),

  "guest/exception": entry("author", "The plugin's code raised an error", "Read the place and the stack that come with it"),
  "guest/trap": entry("author", "The guest executed an illegal WebAssembly operation", "Report it with the plugin: source languages should not be able to cause it"),
  "guest/invalid-value": entry("author", "The guest returned or passed a value that cannot cross the boundary", "Pass null, booleans, numbers, strings, bytes, arrays and objects of bounded size and depth"),
  "guest/deadlock": entry("author", "The guest waits for tickets that nothing can answer", "Wait only for tickets that were submitted in this invocation"),

  "host/invalid-argument": entry("author", "An argument of a host function does not match its schema", "Correct the argument that the message names"),
  "host/unknown-function": entry("author", "The host module has no function of this name", "Use a function that the module declares"),
  "host/unavailable": entry("operator", "The host function needs a service that this host does not offer", "Configure the service that the message names"),
  "host/internal": entry("operator", "The host failed in a way that it did not expect", "Report it with the journal's record"),
  "host/note-not-found": entry("user", "There is no note at this path", "Check the path; cru kiln lists notes"),
  "host/note-invalid": entry("user", "The note exists but cannot be read as one", "Correct the note at the place that the message names"),
  "host/note-conflict": entry("user", "The note changed since it was read", "Read it again and repeat the change"),
  "host/path-refused": entry("author", "The path leaves its root or names a protected place", "Use a path inside the root, without links out of it"),
  "host/state-invalid": entry("operator", "The plugin's stored state cannot be read or belongs to another scope", "Restore the file from a copy, or remove it"),
  "host/state-quota": entry("author", "The plugin's stored state is larger than its quota", "Store less, or keep large things in notes"),
  "host/network": entry("user", "A request did not reach its server or got no usable answer", "Check the address and the network"),
  "host/not-found": entry("user", "What the function was asked for does not exist", "Check the name"),

  "plugin/not-found": entry("user", "No plugin has this name", "Check the name; cru plugins list shows all"),
  "plugin/action-not-found": entry("user", "The plugin has no such action", "Use an action that cru plugins show lists"),
  "plugin/untrusted": entry("user", "The plugin's content has not been trusted", "Read it, then trust it with the command that the message names"),
  "plugin/invalid": entry("author", "The plugin was found but did not pass validation", "Run cru plugins validate and correct its findings"),
  "plugin/conflict": entry("user", "Two plugins or files claim the same place", "Rename or remove one of them"),
  "plugin/dependency-missing": entry("author", "A declared dependency is not installed", "Install it or correct its name"),
  "plugin/dependency-conflict": entry("author", "No version satisfies all requirements on a dependency", "Change the ranges that the message lists"),
  "plugin/dependency-cycle": entry("author", "Plugins depend on each other in a cycle", "Break the cycle that the message shows"),

  "config/invalid": entry("user", "A configuration value is unknown or not allowed", "Correct the value at the place that the message names"),
  "grants/unreadable": entry("operator", "The store of grants or trust cannot be read", "Restore or remove the file that the message names"),
  "audit/unwritable": entry("operator", "The journal cannot be written", "Make its folder writable and free space; nothing runs without it"),
  "audit/corrupt": entry("operator", "The journal was changed, cut or reordered", "Keep the files as evidence; cru audit verify names the records"),
  "thread/crashed": entry("operator", "A worker thread ended unexpectedly", "Try again; report it if it happens again"),
} as const satisfies Record<string, ErrorCodeEntry>;

/** One of the codes of the table. */
export type ErrorCode = keyof typeof table;

export const errorCodes: Readonly<Record<ErrorCode, ErrorCodeEntry>> = table;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(table, text);
}

function entry(audience: ErrorCodeEntry["audience"], cause: string, remedy: string): ErrorCodeEntry {
  return { audience, cause, remedy };
}
