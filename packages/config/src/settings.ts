// All settings, as one table: type, default, bounds, and what the files of a kiln may do with each.
import { capabilityNames, defaultLimits, limitTable } from "@crucible/sandbox";
import type { LimitName } from "@crucible/sandbox";

/**
 * What a kiln's file may do: a kiln may be somebody else's, so it can only narrow.
 *
 * `nothing`: it is ignored with a warning · `lower`: a smaller number than the user's · `raise`: a larger one, where more is
 * stricter · `turn-off`: `false` where the user has `true` · `add`: further items to a list that takes away
 */
export type KilnPower = "nothing" | "lower" | "raise" | "turn-off" | "add";

interface SettingText {
  readonly summary: string;
  readonly kiln: KilnPower;
}

export interface IntegerSetting extends SettingText {
  readonly type: "integer";
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
}

export interface FlagSetting extends SettingText {
  readonly type: "flag";
  readonly default: boolean;
}

export interface WordSetting extends SettingText {
  readonly type: "word";
  readonly default: string;
  readonly words: readonly string[];
}

export interface TextSetting extends SettingText {
  readonly type: "text";
  readonly default: string;
  /** It is a path: a relative one is resolved against the folder of the file that names it. */
  readonly path?: boolean;
  /** It is an address that may hold a password, which is never shown. */
  readonly address?: boolean;
}

export interface ListSetting extends SettingText {
  readonly type: "list";
  readonly default: readonly string[];
  /** Items that are known; absent: any text. */
  readonly words?: readonly string[];
  /** Items are paths: relative ones are resolved against the folder of the file that names them. */
  readonly paths?: boolean;
}

export type Setting = IntegerSetting | FlagSetting | WordSetting | TextSetting | ListSetting;

/** Values of all settings, by their dotted name. */
export interface ConfigValues {
  readonly "discovery.plugins.additional_paths": readonly string[];
  readonly "discovery.plugins.use_defaults": boolean;
  readonly "capabilities.deny": readonly string[];
  readonly "approvals.timeout_ms": number;
  readonly "limits.memory_bytes": number;
  readonly "limits.timeout_ms": number;
  readonly "limits.file_bytes": number;
  readonly "limits.rate_per_minute": number;
  readonly "limits.burst": number;
  readonly "limits.call_depth": number;
  readonly "limits.output_bytes": number;
  readonly "limits.host_calls": number;
  readonly "quarantine.attempts": number;
  readonly "quarantine.window_ms": number;
  readonly "metrics.window_ms": number;
  readonly "metrics.alert_percent": number;
  readonly "metrics.alert_minimum": number;
  readonly "embedder.kind": string;
  readonly "embedder.url": string;
  readonly "embedder.model": string;
  readonly "embedder.folder": string;
  readonly "embedder.dimensions": number;
  readonly "index.postgres_url": string;
  readonly "index.postgres_schema": string;
  readonly "workers.maximum": number;
  readonly "cache.artifact_bytes": number;
  readonly "cache.module_ttl_ms": number;
  readonly "cache.module_entries": number;
  readonly "cache.module_bytes": number;
  readonly "audit.keep_days": number;
  readonly "audit.segment_bytes": number;
  readonly "audit.keep_values": boolean;
  readonly "output.color": string;
  readonly "output.format": string;
}

/** Dotted name of a setting: `limits.timeout_ms` stands under `[limits]` in a file. */
export type SettingName = keyof ConfigValues;

const megabyte = 1024 * 1024;
const day = 86_400_000;

/** All settings. */
export const settings: Readonly<Record<SettingName, Setting>> = {
  "discovery.plugins.additional_paths": {
    type: "list",
    default: [],
    paths: true,
    kiln: "nothing",
    summary: "further folders with plugins; they count as system plugins",
  },
  "discovery.plugins.use_defaults": {
    type: "flag",
    default: true,
    kiln: "turn-off",
    summary: "look for plugins in the usual folders",
  },
  "capabilities.deny": {
    type: "list",
    default: [],
    words: capabilityNames,
    kiln: "add",
    summary: "capabilities that no plugin gets, whatever was granted",
  },
  "approvals.timeout_ms": integer(
    30_000,
    1_000,
    86_400_000,
    "lower",
    "milliseconds after which an unanswered question is a denial",
  ),
  "limits.memory_bytes": limit("memory_bytes"),
  "limits.timeout_ms": limit("timeout_ms"),
  "limits.file_bytes": limit("file_bytes"),
  "limits.rate_per_minute": limit("rate_per_minute"),
  "limits.burst": limit("burst"),
  "limits.call_depth": limit("call_depth"),
  "limits.output_bytes": limit("output_bytes"),
  "limits.host_calls": limit("host_calls"),
  "quarantine.attempts": integer(3, 1, 1_000, "lower", "violations and crashes after which a plugin is stopped"),
  "quarantine.window_ms": integer(
    day,
    1_000,
    365 * day,
    "raise",
    "milliseconds after which a plugin that did nothing wrong again starts anew",
  ),
  "metrics.window_ms": integer(300_000, 1_000, day, "nothing", "milliseconds over which the rate of errors is taken"),
  "metrics.alert_percent": integer(50, 1, 100, "lower", "share of failed runs at which a plugin is reported"),
  "metrics.alert_minimum": integer(10, 1, 1_000_000, "lower", "runs in the window before a plugin is reported"),
  "embedder.kind": {
    type: "word",
    default: "minilm",
    words: ["minilm", "endpoint", "transformers", "onnx", "none"],
    kiln: "nothing",
    summary: "what makes vectors of notes; none: kilns are searched by words",
  },
  "embedder.url": text("endpoint: address of an OpenAI-compatible service, such as http://localhost:11434/v1", {
    address: true,
  }),
  "embedder.model": text("endpoint: name of the model"),
  "embedder.folder": text("transformers, onnx: folder of the model", { path: true }),
  "embedder.dimensions": integer(384, 1, 16_000, "nothing", "dimensions of the model's vectors"),
  "index.postgres_url": text("PostgreSQL database that keeps the index; empty: a file of the kiln", { address: true }),
  "index.postgres_schema": text("schema of the kiln's index there; empty: one made of the kiln's path"),
  "workers.maximum": integer(64, 1, 1_024, "lower", "most worker threads"),
  "cache.artifact_bytes": integer(
    256 * megabyte,
    0,
    1_048_576 * megabyte,
    "nothing",
    "size of the store of compiled artifacts",
  ),
  "cache.module_ttl_ms": integer(
    300_000,
    0,
    86_400_000,
    "nothing",
    "milliseconds without use after which a module leaves memory",
  ),
  "cache.module_entries": integer(256, 1, 100_000, "nothing", "most modules in memory"),
  "cache.module_bytes": integer(512 * megabyte, 0, 1_048_576 * megabyte, "nothing", "size of all modules in memory"),
  "audit.keep_days": integer(30, 1, 36_500, "nothing", "days for which closed segments of the journal are kept"),
  "audit.segment_bytes": integer(
    8 * megabyte,
    4_096,
    1_024 * megabyte,
    "nothing",
    "size at which a segment of the journal is closed",
  ),
  "audit.keep_values": {
    type: "flag",
    default: true,
    kiln: "turn-off",
    summary: "keep former contents of changed notes beside the journal, for undo",
  },
  "output.color": {
    type: "word",
    default: "auto",
    words: ["auto", "always", "never"],
    kiln: "nothing",
    summary: "colours on a terminal",
  },
  "output.format": {
    type: "word",
    default: "auto",
    words: ["auto", "table", "plain", "json"],
    kiln: "nothing",
    summary: "form of results",
  },
};

/** Names of all settings, in the order of the table. */
export const settingNames: readonly SettingName[] = Object.keys(settings).filter(isSettingName);

/** Narrows a text to the name of a setting. */
export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settings, name);
}

/** Variable that sets a setting: `CRUCIBLE_LIMITS_TIMEOUT_MS`. */
export function variableOf(name: SettingName): string {
  return name === "discovery.plugins.additional_paths"
    ? "CRUCIBLE_PLUGIN_PATH"
    : `CRUCIBLE_${name.replaceAll(".", "_").toUpperCase()}`;
}

function integer(value: number, minimum: number, maximum: number, kiln: KilnPower, summary: string): IntegerSetting {
  return { type: "integer", default: value, minimum, maximum, kiln, summary };
}

// A kiln may be somebody else's: it must not choose where notes are sent or kept.
function text(summary: string, more: Pick<TextSetting, "path" | "address"> = {}): TextSetting {
  return { type: "text", default: "", kiln: "nothing", summary, ...more };
}

function limit(name: Exclude<LimitName, "fuel">): IntegerSetting {
  const { minimum, maximum, summary } = limitTable[name];
  return integer(defaultLimits[name], minimum, maximum, "lower", `default limit: ${summary}`);
}
