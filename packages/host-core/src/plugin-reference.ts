// How a plugin's action is named in one string: `plugin`, `plugin.action`, `namespace/plugin.action`, each with `@range`.

export interface PluginReference {
  /** `plugin` or `namespace/plugin`, with `@range` where one was given. */
  readonly plugin: string;
  readonly action: string;
}

/** Splits a reference; the action defaults to `main`. What is not a name is found by the lookup, not here. */
export function parsePluginReference(reference: string): PluginReference {
  const at = reference.indexOf("@");
  const name = at < 0 ? reference : reference.slice(0, at);
  const range = at < 0 ? "" : reference.slice(at);
  const slash = name.lastIndexOf("/");
  const dot = name.indexOf(".", slash + 1);
  return dot < 0
    ? { plugin: name + range, action: "main" }
    : { plugin: name.slice(0, dot) + range, action: name.slice(dot + 1) };
}
