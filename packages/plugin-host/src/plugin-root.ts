// Where plugins come from, and which of two namesakes wins.

/** Later wins (design: "Scopes"). */
export const pluginScopes = ["system", "configured", "shared", "personal"] as const;

export type PluginScope = (typeof pluginScopes)[number];

/** One folder that is searched. */
export interface PluginRoot {
  readonly scope: PluginScope;
  /** Absolute path. */
  readonly path: string;
  /** `system`, or the path of the kiln that its plugins belong to: part of a plugin's identity. */
  readonly home: string;
}

export function scopeRank(scope: PluginScope): number {
  return pluginScopes.indexOf(scope);
}

/** Plugins that a person put into their own configuration are trusted by that act; those of a kiln are not. */
export function isTrustedByPlace(scope: PluginScope): boolean {
  return scope === "system" || scope === "configured";
}
