// Every capability as data: what it means, what it can do to a person, and how it is decided. Prompts, documentation and
// the decision function read this table and nothing else.
import type { CapabilityName } from "@crucible/sandbox";
import type { DimensionName } from "./dimension.ts";

export type Risk = "low" | "medium" | "high" | "critical";

export interface CapabilityEntry {
  readonly name: CapabilityName;
  /** What it permits, in the specification's words. */
  readonly summary: string;
  /** What may happen to the user when it is misused: the prompt shows it. */
  readonly impact: string;
  readonly risk: Risk;
  /** What happens on use when it is declared and nothing is recorded. */
  readonly byDefault: "allow" | "ask";
  /** `each-time`: never remembered, neither for the session nor for ever. */
  readonly asks: "first-use" | "each-time";
  /** Capabilities that come with it. What is had through another one is asked as that other one is. */
  readonly implies: readonly CapabilityName[];
  /** What its scope can be about; the first is meant where a manifest writes a plain list. */
  readonly dimensions: readonly DimensionName[];
  /**
   * `shared`: a callee may use it for its caller only as far as the caller has it or the user agreed for the pair.
   * `own`: it reaches nothing of the user's beyond the callee itself (its own state, its own dependencies, whose use of
   * shared capabilities is checked against the whole chain), so that calls on behalf of others need no question.
   */
  readonly delegation: "shared" | "own";
}

/** The table. Order is that of the specification; the last two are ours. */
export const capabilityTable: Readonly<Record<CapabilityName, CapabilityEntry>> = {
  KilnRead: {
    name: "KilnRead",
    summary: "Read notes and metadata",
    impact: "It sees what your notes say",
    risk: "low",
    byDefault: "allow",
    asks: "first-use",
    implies: [],
    dimensions: ["folders", "tags"],
    delegation: "shared",
  },
  KilnWrite: {
    name: "KilnWrite",
    summary: "Create, update, delete notes",
    impact: "Notes can be changed, overwritten or deleted",
    risk: "medium",
    byDefault: "ask",
    asks: "first-use",
    implies: [],
    dimensions: ["folders", "tags"],
    delegation: "shared",
  },
  NetworkHttp: {
    name: "NetworkHttp",
    summary: "Make HTTP requests",
    impact: "What it knows can be sent to the host, and everyone on the way can read and change it",
    risk: "high",
    byDefault: "ask",
    asks: "first-use",
    implies: [],
    dimensions: ["hosts", "methods"],
    delegation: "shared",
  },
  NetworkHttps: {
    name: "NetworkHttps",
    summary: "Make HTTPS requests",
    impact: "What it knows can be sent to the host",
    risk: "medium",
    byDefault: "ask",
    asks: "first-use",
    implies: [],
    dimensions: ["hosts", "methods"],
    delegation: "shared",
  },
  FsRead: {
    name: "FsRead",
    summary: "Read files outside kiln",
    impact: "It sees files of yours that are not notes",
    risk: "high",
    byDefault: "ask",
    asks: "first-use",
    implies: [],
    dimensions: ["paths"],
    delegation: "shared",
  },
  FsWrite: {
    name: "FsWrite",
    summary: "Write files outside kiln",
    impact: "Files of yours can be changed, overwritten or deleted",
    risk: "high",
    byDefault: "ask",
    asks: "first-use",
    implies: [],
    dimensions: ["paths"],
    delegation: "shared",
  },
  PluginInvoke: {
    name: "PluginInvoke",
    summary: "Call other plugins",
    impact: "Other plugins work for it, with no more authority than it has or you agree to",
    risk: "low",
    byDefault: "allow",
    asks: "first-use",
    implies: [],
    dimensions: ["plugins"],
    delegation: "own",
  },
  StateManage: {
    name: "StateManage",
    summary: "Access persistent state",
    impact: "It remembers things from one run to the next",
    risk: "low",
    byDefault: "allow",
    asks: "first-use",
    implies: [],
    dimensions: [],
    delegation: "own",
  },
  Unsafe: {
    name: "Unsafe",
    summary: "Unrestricted access (requires explicit user approval)",
    impact: "It can do everything that any plugin could be allowed, to any note, file or host",
    risk: "critical",
    byDefault: "ask",
    asks: "each-time",
    implies: [
      "KilnRead",
      "KilnWrite",
      "NetworkHttp",
      "NetworkHttps",
      "FsRead",
      "FsWrite",
      "PluginInvoke",
      "StateManage",
      "Secrets",
      "Intercept",
    ],
    dimensions: [],
    delegation: "shared",
  },
  Secrets: {
    name: "Secrets",
    summary: "Use named secrets of the user",
    impact: "It learns a password or key and could pass it on",
    risk: "high",
    byDefault: "ask",
    asks: "first-use",
    implies: [],
    dimensions: ["names"],
    delegation: "shared",
  },
  Intercept: {
    name: "Intercept",
    summary: "See and change calls of other plugins and tools",
    impact: "It can read, change or stop what other tools do",
    risk: "high",
    byDefault: "ask",
    asks: "first-use",
    implies: [],
    dimensions: [],
    delegation: "shared",
  },
};

/**
 * Names of folders that no guest may write to, whatever it was granted: version control, the platform's own stores, and
 * the settings of an editor that runs code from there. In lower case; the last two are short names of Windows.
 */
export const protectedFolders: readonly string[] = [".crucible", ".git", ".obsidian", "git~1", "crucib~1"];
