// The runtime's functions with their signatures: what compiled code may call, and what `rt::name(..)` means in the
// prelude. The rules of the kinds, of failing and of full memory are in `docs/abi.md`.

/** How an argument is passed or a result comes back; the WebAssembly types are in `docs/abi.md`. */
export type AbiKind =
  | "any"
  | "i64"
  | "u64"
  | "size"
  | "f64"
  | "bool"
  | "char"
  | "ordering"
  | "string"
  | "bytes"
  | "vec"
  | "tuple"
  | "object"
  | "map"
  | "set"
  | "option"
  | "result"
  | "struct"
  | "closure"
  | "range"
  | "i32"
  | "static"
  | "unit"
  | "never";

/** Signature of one runtime function. */
export interface AbiFunction {
  readonly params: readonly AbiKind[];
  readonly result: AbiKind;
  /** The function may answer "full": without effect, to be repeated once after a collection. */
  readonly full: boolean;
}

const KINDS: readonly AbiKind[] = [
  "any",
  "i64",
  "u64",
  "size",
  "f64",
  "bool",
  "char",
  "ordering",
  "string",
  "bytes",
  "vec",
  "tuple",
  "object",
  "map",
  "set",
  "option",
  "result",
  "struct",
  "closure",
  "range",
  "i32",
  "static",
  "unit",
  "never",
];

// One line each: parameters -> result, `!` at the end where memory may be full.
const SIGNATURES: Readonly<Record<string, string>> = {
  // Life of the instance (called by the embedding and by compiled code, not by the prelude).
  init: "i32 -> unit",
  begin_call: "i64 i32 i64 -> unit",
  safepoint: "-> unit",
  collect: "-> unit",
  charge: "i64 -> unit",
  fuel_used: "-> i64",
  statistic: "i32 -> i32",
  high_water: "-> i32",
  heap_base: "-> i32",

  // Objects. Slots of `…_new` are not initialised: store all of them before the next safepoint.
  struct_new: "i32 i32 -> struct !",
  tuple_new: "i32 -> tuple !",
  closure_new: "i32 i32 i32 -> closure !",
  frame_new: "i32 -> i32 !",
  option_some: "any -> option !",
  result_ok: "any -> result !",
  result_err: "any -> result !",
  range_new: "i32 any any -> range !",
  vec_new: "-> vec !",
  object_new: "-> object !",
  map_new: "-> map !",
  set_new: "-> set !",
  string_literal: "static -> string !",
  bytes_literal: "static -> bytes !",

  // Operators on values of unknown type, and slow paths.
  binary: "i32 any any -> any !",
  compound: "i32 any any -> any !",
  compare: "i32 any any -> bool",
  unary: "i32 any -> any",
  cast: "any i32 -> any",
  mul_i64: "i64 i64 -> i64",
  mul_u64: "u64 u64 -> u64",
  get_index: "any any -> any !",
  set_index: "any any any -> unit !",
  get_range: "any range -> any !",
  get_field: "any static -> any",
  set_field: "any static any -> unit !",
  get_part: "any i32 -> any",
  set_part: "any i32 any -> unit !",
  type_of: "any -> i32",
  is_type: "any i32 -> bool",
  type_name: "any -> string !",
  type_id_name: "i32 -> string !",
  is_string: "any static -> bool",
  is_bytes: "any static -> bool",
  object_find: "object static -> any",
  object_has: "object static -> bool",
  object_put: "object static any -> unit !",

  // Prelude: values in general.
  end: "-> any",
  is_end: "any -> bool",
  option: "any -> option !",
  fail_iterate: "any -> never",
  fail_range_iterate: "range -> never",
  fail_index: "any any -> never",
  fail_type: "any i32 -> never",
  fail_other: "string -> never",
  fail_with: "i32 i32 any any -> never",
  panic: "string -> never",
  overflow: "-> never",
  underflow: "-> never",
  drop: "any -> unit",
  is_live: "any -> bool",
  clone: "any -> any !",
  partial_eq: "any any -> bool",
  eq: "any any -> bool",
  partial_cmp: "any any -> any",
  cmp: "any any -> any",
  hash: "any -> i64",
  type_value: "any -> any",
  display: "any -> string !",
  debug: "any -> string !",
  unwrap_failed: "string any -> never",

  // Formatting into the one format buffer; pieces between begin and end must not run other code.
  format_begin: "-> unit",
  format_static: "static -> unit",
  format_value: "any i64 -> unit",
  format_end: "-> string !",
  print: "string bool -> unit",
  debug_print: "string -> unit",

  // Vec.
  vec_with_capacity: "size -> vec !",
  vec_len: "vec -> size",
  vec_capacity: "vec -> size",
  vec_push: "vec any -> unit !",
  vec_pop: "vec -> any",
  vec_at: "vec i64 -> any",
  vec_try: "vec i64 -> any",
  vec_put: "vec i64 any -> unit !",
  vec_insert: "vec size any -> unit !",
  vec_remove: "vec size -> any",
  vec_clear: "vec -> unit",
  vec_truncate: "vec size -> unit",
  vec_swap: "vec size size -> unit",
  vec_reverse: "vec -> unit",
  vec_append: "vec vec -> unit !",
  vec_slice: "vec size size -> vec !",
  vec_resize: "vec size any -> unit !",
  vec_sort: "vec -> unit !",
  vec_to_tuple: "vec -> tuple !",
  vec_borrow: "vec -> unit",
  vec_release: "vec -> unit",
  vec_join: "vec string -> string !",
  vec_contains: "vec any -> bool",

  // Tuple, Range.
  tuple_len: "tuple -> size",
  tuple_at: "tuple i64 -> any",
  tuple_to_vec: "tuple -> vec !",
  range_kind: "range -> i64",
  range_start: "range -> any",
  range_end: "range -> any",

  // Option, Result (content of None is END).
  option_value: "option -> any",
  option_take: "option -> option !",
  result_value: "result -> any",
  result_is_ok: "result -> bool",

  // Object, HashMap, HashSet. Cursors are entry numbers: start with 0, `…_next` answers −1 at the end.
  object_len: "object -> size",
  object_get: "object string -> any",
  object_insert: "object string any -> any !",
  object_remove: "object string -> any",
  object_clear: "object -> unit",
  object_next: "object i64 -> i64",
  object_key: "object i64 -> string !",
  object_value: "object i64 -> any",
  map_with_capacity: "size -> map !",
  map_len: "map -> size",
  map_capacity: "map -> size",
  map_get: "map any -> any",
  map_insert: "map any any -> any !",
  map_remove: "map any -> any",
  map_clear: "map -> unit",
  map_next: "map i64 -> i64",
  map_key: "map i64 -> any",
  map_value: "map i64 -> any",
  map_set_value: "map i64 any -> unit",
  set_with_capacity: "size -> set !",
  set_len: "set -> size",
  set_capacity: "set -> size",
  set_contains: "set any -> bool",
  set_insert: "set any -> any !",
  set_remove: "set any -> bool",
  set_clear: "set -> unit",
  set_next: "set i64 -> i64",
  set_key: "set i64 -> any",

  // String. Positions are bytes; `string_char_at` answers END where no character starts.
  string_new: "-> string !",
  string_with_capacity: "size -> string !",
  string_len: "string -> size",
  string_capacity: "string -> size",
  string_reserve: "string size -> unit !",
  string_clear: "string -> unit",
  string_push: "string char -> unit !",
  string_push_str: "string string -> unit !",
  string_concat: "string string -> string !",
  string_copy: "string -> string !",
  string_starts_with: "string string -> bool",
  string_ends_with: "string string -> bool",
  string_contains: "string string -> bool",
  string_find: "string string size -> i64",
  string_find_char: "string char size -> i64",
  string_rfind: "string string -> i64",
  string_slice: "string size size -> string !",
  string_is_boundary: "string size -> bool",
  string_char_at: "string size -> any",
  string_char_before: "string size -> any",
  string_char_size: "char -> i64",
  string_trim: "string i32 -> string !",
  string_replace: "string string string -> string !",
  string_repeat: "string size -> string !",
  string_lower: "string -> string !",
  string_upper: "string -> string !",
  string_shrink: "string -> unit",
  string_pop: "string -> any",
  string_insert: "string size string -> unit !",
  string_truncate: "string size -> unit",
  string_to_bytes: "string -> bytes !",
  string_from_bytes: "bytes -> any !",
  string_parse_i64: "string -> result !",
  string_parse_u64: "string -> result !",
  string_parse_f64: "string -> result !",
  string_parse_char: "string -> result !",

  // Bytes.
  bytes_new: "-> bytes !",
  bytes_with_capacity: "size -> bytes !",
  bytes_len: "bytes -> size",
  bytes_capacity: "bytes -> size",
  bytes_reserve: "bytes size -> unit !",
  bytes_clear: "bytes -> unit",
  bytes_push: "bytes any -> unit !",
  bytes_pop: "bytes -> any",
  bytes_at: "bytes i64 -> any",
  bytes_put: "bytes i64 any -> unit",
  bytes_insert: "bytes size any -> unit !",
  bytes_remove: "bytes size -> any",
  bytes_extend: "bytes bytes -> unit !",
  bytes_extend_string: "bytes string -> unit !",
  bytes_slice: "bytes size size -> bytes !",
  bytes_copy: "bytes -> bytes !",
  bytes_from_vec: "vec -> bytes !",
  bytes_to_vec: "bytes -> vec !",
  bytes_shrink: "bytes -> unit",

  // char.
  char_from_i64: "i64 -> any",
  char_is_alphabetic: "char -> bool",
  char_is_alphanumeric: "char -> bool",
  char_is_control: "char -> bool",
  char_is_lowercase: "char -> bool",
  char_is_numeric: "char -> bool",
  char_is_uppercase: "char -> bool",
  char_is_whitespace: "char -> bool",
  char_to_digit: "char i64 -> any",
  char_to_i64: "char -> i64",

  // Integers. Checked forms answer END instead of an Option.
  i64_pow: "i64 any -> i64",
  i64_checked: "i32 i64 i64 -> any",
  i64_wrapping: "i32 i64 i64 -> i64",
  i64_saturating: "i32 i64 i64 -> i64",
  i64_saturating_pow: "i64 any -> i64",
  i64_abs: "i64 -> i64",
  i64_saturating_abs: "i64 -> i64",
  i64_signum: "i64 -> i64",
  to_i64: "i64 -> i64",
  to_u64: "u64 -> u64",
  u64_pow: "u64 any -> u64",
  u64_checked: "i32 u64 size -> any",
  u64_wrapping: "i32 u64 size -> u64",
  u64_saturating: "i32 u64 size -> u64",
  u64_saturating_pow: "u64 any -> u64",

  // f64.
  f64_abs: "f64 -> f64",
  f64_acos: "f64 -> f64",
  f64_asin: "f64 -> f64",
  f64_atan: "f64 -> f64",
  f64_atan2: "f64 f64 -> f64",
  f64_cbrt: "f64 -> f64",
  f64_ceil: "f64 -> f64",
  f64_cos: "f64 -> f64",
  f64_div_euclid: "f64 f64 -> f64",
  f64_rem_euclid: "f64 f64 -> f64",
  f64_rem: "f64 f64 -> f64",
  f64_exp: "f64 -> f64",
  f64_exp2: "f64 -> f64",
  f64_floor: "f64 -> f64",
  f64_ln: "f64 -> f64",
  f64_log: "f64 f64 -> f64",
  f64_log10: "f64 -> f64",
  f64_log2: "f64 -> f64",
  f64_max: "f64 f64 -> f64",
  f64_min: "f64 f64 -> f64",
  f64_powf: "f64 f64 -> f64",
  f64_powi: "f64 i64 -> f64",
  f64_round: "f64 -> f64",
  f64_sin: "f64 -> f64",
  f64_sqrt: "f64 -> f64",
  f64_tan: "f64 -> f64",
  f64_trunc: "f64 -> f64",
  f64_is_subnormal: "f64 -> bool",
  f64_is_normal: "f64 -> bool",
  f64_to_i64: "f64 -> i64",
  f64_to_u64: "f64 -> u64",

  // Host calls and values at the boundary.
  host_call: "static any -> any !",
  host_answer: "-> any !",
  encode_begin: "-> unit",
  encode_value: "any -> unit",
  encode_end: "-> i32 !",
  encode_size: "-> i32",
  decode_space: "i32 -> i32 !",
  decode_value: "i32 i32 -> any !",
};

/** Functions that compiled code and the embedding call but the prelude cannot name. */
export const INTERNAL_FUNCTIONS: readonly string[] = [
  "init",
  "safepoint",
  "collect",
  "charge",
  "fuel_used",
  "statistic",
  "high_water",
  "heap_base",
];

/** Every function that the runtime exports, by name. */
export const ABI_FUNCTIONS: ReadonlyMap<string, AbiFunction> = new Map(
  Object.entries(SIGNATURES).map(([name, text]) => [name, parseSignature(text)]),
);

function parseSignature(text: string): AbiFunction {
  const full = text.endsWith(" !");
  const [before = "", after = ""] = (full ? text.slice(0, -2) : text).split("->");
  const params = before.split(" ").filter((word) => word !== "");
  return { params: params.map(asKind), result: asKind(after.trim()), full };
}

function asKind(word: string): AbiKind {
  const kind = KINDS.find((candidate) => candidate === word);
  if (kind === undefined) throw new TypeError(`Cannot read signature: "${word}" is not a kind`);
  return kind;
}

/** An import of a compiled module: `rune.fail`, … The WebAssembly types are given by their binary codes' names. */
export interface AbiImport {
  readonly module: "rune";
  readonly name: string;
  readonly params: readonly ("i32" | "i64")[];
  readonly results: readonly "i32"[];
}

/** Everything that a compiled module imports besides its memory `rune.memory`, in the order of the module. */
export const ABI_IMPORTS: readonly AbiImport[] = [
  { module: "rune", name: "fail", params: ["i32", "i64", "i32", "i64", "i32"], results: [] },
  { module: "rune", name: "poll", params: [], results: [] },
  { module: "rune", name: "write", params: ["i32", "i32"], results: [] },
  { module: "rune", name: "host_call", params: ["i32", "i32"], results: ["i32"] },
  { module: "rune", name: "host_take", params: ["i32"], results: [] },
];
