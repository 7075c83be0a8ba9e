// The names of all capabilities, spelled once. Risk, implication and scope kinds are in @crucible/capabilities.

/** Kinds of authority that a manifest can declare (specification: "Available capabilities"; the last two are ours). */
export const capabilityNames = [
  "KilnRead",
  "KilnWrite",
  "NetworkHttp",
  "NetworkHttps",
  "FsRead",
  "FsWrite",
  "PluginInvoke",
  "StateManage",
  "Unsafe",
  "Secrets",
  "Intercept",
] as const;

export type CapabilityName = (typeof capabilityNames)[number];

const known: ReadonlySet<string> = new Set(capabilityNames);

export function isCapabilityName(text: string): text is CapabilityName {
  return known.has(text);
}
