// Policy as data: the libraries that a guest gets, every name that is reachable from its globals, and what a missing one is
// replaced by. The prelude makes it so; a test walks everything that a guest can reach and compares it with this table.

/** Opened one by one, in this order; `io`, `os`, `debug` and `package` are never opened. */
export const openedLibraries = ["base", "coroutine", "table", "string", "utf8", "math"] as const;

/** Names of the global table of a guest without modules; for tables, the names of their fields. */
export const permittedGlobals: Readonly<Record<string, "function" | "string" | readonly string[]>> = {
  _VERSION: "string",
  assert: "function",
  coroutine: ["close", "create", "isyieldable", "resume", "running", "status", "wrap", "yield"],
  crucible: ["all", "array", "bytes", "clock", "null", "submit", "wait"],
  error: "function",
  getmetatable: "function",
  ipairs: "function",
  load: "function",
  math: [
    ...["abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log", "max", "maxinteger", "min", "mininteger"],
    ...["modf", "pi", "rad", "random", "randomseed", "sin", "sqrt", "tan", "tointeger", "type", "ult"],
  ],
  next: "function",
  pairs: "function",
  pcall: "function",
  print: "function",
  rawequal: "function",
  rawget: "function",
  rawlen: "function",
  rawset: "function",
  require: "function",
  select: "function",
  setmetatable: "function",
  string: ["byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "pack", "packsize", "rep", "reverse", "sub", "unpack", "upper"],
  table: ["concat", "insert", "move", "pack", "remove", "sort", "unpack"],
  tonumber: "function",
  tostring: "function",
  type: "function",
  utf8: ["char", "charpattern", "codepoint", "codes", "len", "offset"],
  xpcall: "function",
};

/** What to say to an author who uses a name of standard Lua that plugins do not have. */
export const absentNames: Readonly<Record<string, string>> = {
  os: "os does not exist in plugins; the time is crucible.clock()",
  io: "io does not exist in plugins; notes and files are reached through host modules",
  debug: "debug does not exist in plugins; error(message, level) chooses the place that is reported",
  package: "package does not exist in plugins; require finds granted modules and libraries by name",
  dofile: "dofile does not exist in plugins; code of other files comes as a library, by require",
  loadfile: "loadfile does not exist in plugins; code of other files comes as a library, by require",
  collectgarbage: "collectgarbage does not exist in plugins; memory is collected as needed",
  warn: "warn does not exist in plugins; print writes to the log",
  dump: "string.dump does not exist in plugins: compiled code is not loaded from guests",
  unpack: "unpack is table.unpack in Lua 5.4",
  loadstring: "loadstring is load in Lua 5.4",
  setfenv: "setfenv does not exist in Lua 5.4; load takes the environment as its fourth argument",
};
