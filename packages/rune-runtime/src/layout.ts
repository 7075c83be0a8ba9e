// Numbers that compiled code and the runtime agree on: tags, object layouts, memory map, failure codes.
// Read by both compilers (tsc and asc), therefore every line is `export const NAME = literal`.
// The rules that go with the numbers are in `docs/abi.md`; signatures of functions are in `abi.ts`.

/** Version of everything in this file, in `abi.ts` and in `docs/abi.md`. A module of another version is refused. */
export const ABI_VERSION = 1;

// ── Values ──────────────────────────────────────────────────────────────────────────────────────────────────────
// A value is a pair: i64 payload and i32 tag, in this order as parameters, results and in locals.
//
//   tag  name       payload
//   0    INT        i64
//   1    FLOAT      bits of an f64
//   2    BOOL       0 or 1
//   3    UNIT       0
//   4    CHAR       Unicode scalar value
//   5    U64        u64
//   6    ORDERING   −1, 0, 1 (sign extended)
//   7    TYPE       type id
//   15   END        0; internal: end of iteration, "no value". A script never sees it
//   16…  references: address of an object, zero extended; the object's kind byte equals the tag
//   64…  references to a struct or variant: the tag is TAG_SHAPE + shape id, the object's kind byte is KIND_STRUCT.
//        A type test looks at the tag alone. The shapes of one enum are consecutive

export const TAG_INT = 0;
export const TAG_FLOAT = 1;
export const TAG_BOOL = 2;
export const TAG_UNIT = 3;
export const TAG_CHAR = 4;
export const TAG_U64 = 5;
export const TAG_ORDERING = 6;
export const TAG_TYPE = 7;
export const TAG_END = 15;
/** In CELL_TAG after an `any` function that answers "full"; never a value's tag. */
export const TAG_FULL = -1;
/** Tags from here on are references that the collector follows. */
export const TAG_REFERENCE = 16;
export const TAG_STRING = 16;
export const TAG_BYTES = 17;
export const TAG_VEC = 18;
export const TAG_TUPLE = 19;
export const TAG_OBJECT = 20;
export const TAG_HASH_MAP = 21;
export const TAG_HASH_SET = 22;
export const TAG_OPTION = 23;
export const TAG_RESULT = 24;
export const TAG_CLOSURE = 26;
export const TAG_RANGE = 27;
/** Generators, futures and streams: frames on the heap, laid out by compiled code as slots. */
export const TAG_FRAME = 28;
/** Tag of a struct or variant: TAG_SHAPE + shape id. */
export const TAG_SHAPE = 64;
/** Shape ids are below this: tags of map entries have 16 bits. */
export const SHAPE_LIMIT = 65_000;

// ── Slots ───────────────────────────────────────────────────────────────────────────────────────────────────────
//   offset  field    width  meaning
//   0       tag      4
//   4       –        4      undefined
//   8       payload  8

export const SLOT_SIZE = 16;
export const SLOT_TAG = 0;
export const SLOT_PAYLOAD = 8;

// ── Object header: all heap and static objects ──────────────────────────────────────────────────────────────────
//   offset  field   width  meaning
//   0       kind    1      tag of the references to it; 0 free cell, 1 buffer, 2 moved (dropped by the script)
//   1       flags   1      bit 0 marked. Static objects (in the data segment) have it set for ever: never followed
//   2       –       2      zero
//   4 … 15                 by kind, see below

export const HEADER_SIZE = 16;
export const KIND_FREE = 0;
export const KIND_BUFFER = 1;
export const KIND_MOVED = 2;
export const KIND_STRUCT = 25;
export const HEADER_KIND = 0;
export const HEADER_FLAGS = 1;
export const FLAG_MARK = 1;
/** First u32 of a static object is `kind + STATIC_HEADER`. */
export const STATIC_HEADER = 256;

// STRING, BYTES         offset  field     width
//                       4       length    4    bytes (UTF-8 for strings)
//                       8       address   4    of the first byte: behind this object, or in a buffer
//                       12      capacity  4    bytes; 0 in static strings
//                       16      hash      4    0: not computed; changed bytes reset it
//                       20      bytes …        where address points when the string was never grown
// Static strings are laid out the same way (STATIC_HEADER + TAG_STRING, address = own + 20). They are never handed to
// the script: they are arguments of functions whose signature says `static`, and the source of `string_literal`.

export const STRING_LENGTH = 4;
export const STRING_ADDRESS = 8;
export const STRING_CAPACITY = 12;
export const STRING_HASH = 16;
export const STRING_BYTES = 20;

// VEC                   offset  field     width
//                       4       length    4    elements
//                       8       address   4    of the first element
//                       12      capacity  4    elements
//                       16      repr      4    how elements are stored, see below
//                       20      shared    4    number of live borrows by iterators (0 when not counted)
// repr = tag of all elements (INT, FLOAT, CHAR, U64 …, references too): 8-byte payloads, payload of element i at
//        address + 8·i, its tag is repr. BOOL: one byte per element (0, 1) at address + i.
// repr = VEC_MIXED: 16-byte slots, slot i at address + 16·i.
// repr = VEC_EMPTY: no storage yet; length is 0. Never 0 length with a stale repr that matters: inline pushes compare
//        repr with the tag, and call `vec_push` when they differ or length = capacity.

export const VEC_LENGTH = 4;
export const VEC_ADDRESS = 8;
export const VEC_CAPACITY = 12;
export const VEC_REPR = 16;
export const VEC_SHARED = 20;
export const VEC_SIZE = 32;
export const VEC_MIXED = -1;
export const VEC_EMPTY = -2;

// TUPLE, FRAME          4 length (slots); slots from 16
// STRUCT                4 shape id; 8 number of slots; slots from 16. Structs and variants alike
// OPTION                4 variant: 0 None, 1 Some; slot at 16. None is the static object at NONE_OBJECT, but `take`
//                       turns a Some into a None in place: test the variant, not the address
// RESULT                4 variant: 0 Ok, 1 Err; slot at 16
// CLOSURE               4 function index (table); 8 arity; 12 number of captures; captures from 16
// RANGE                 4 range kind; 8 number of slots (2); slots start at 16, end at 32 (UNIT where absent)

export const TUPLE_LENGTH = 4;
export const STRUCT_SHAPE = 4;
export const STRUCT_COUNT = 8;
export const OPTION_VARIANT = 4;
export const VARIANT_NONE = 0;
export const VARIANT_SOME = 1;
export const RESULT_VARIANT = 4;
export const VARIANT_OK = 0;
export const VARIANT_ERR = 1;
export const CLOSURE_FUNCTION = 4;
export const CLOSURE_ARITY = 8;
export const CLOSURE_COUNT = 12;
export const RANGE_KIND = 4;
export const RANGE_COUNT = 8;
/** First slot of tuples, structs, options, results, closures and ranges. */
export const OBJECT_SLOTS = 16;
export const RANGE_HALF_OPEN = 0;
export const RANGE_INCLUSIVE = 1;
export const RANGE_FROM = 2;
export const RANGE_TO = 3;
export const RANGE_TO_INCLUSIVE = 4;
export const RANGE_FULL = 5;

// OBJECT, HASH_MAP, HASH_SET: insertion ordered; opaque to compiled code except for the count
//                       4       count     4    live entries
//                       8       entries   4    buffer address; entry = {hash u32, key tag u16, value tag u16,
//                                              key i64, value i64}, 24 bytes; key tag END marks a removed entry
//                       12      used      4    entries in the buffer, removed ones included
//                       16      capacity  4    entries
//                       20      index     4    buffer address; u32 per slot: 0 free, entry number + 1
//                       24      mask      4    number of index slots − 1

export const MAP_COUNT = 4;
export const MAP_ENTRIES = 8;
export const MAP_USED = 12;
export const MAP_CAPACITY = 16;
export const MAP_INDEX = 20;
export const MAP_MASK = 24;
export const MAP_SIZE = 32;
export const ENTRY_SIZE = 24;
export const ENTRY_HASH = 0;
export const ENTRY_KEY_TAG = 4;
export const ENTRY_VALUE_TAG = 6;
export const ENTRY_KEY = 8;
export const ENTRY_VALUE = 16;

// ── Types ───────────────────────────────────────────────────────────────────────────────────────────────────────
// A type id below TYPE_DECLARED is a tag (for all tags below TAG_SHAPE but RANGE and FRAME) or one of the ids here;
// declared types have TYPE_DECLARED + index of the type in the whole program.

export const TYPE_RANGE = 32;
export const TYPE_RANGE_INCLUSIVE = 33;
export const TYPE_RANGE_FROM = 34;
export const TYPE_RANGE_TO = 35;
export const TYPE_RANGE_TO_INCLUSIVE = 36;
export const TYPE_RANGE_FULL = 37;
export const TYPE_GENERATOR = 40;
export const TYPE_FUTURE = 41;
export const TYPE_STREAM = 42;
export const TYPE_DECLARED = 64;

// Shape descriptor (static data, written by the compiler), one per struct and per variant, u32 words:
//   0   type id of the struct or enum
//   4   form: 0 unit, 1 tuple, 2 named
//   8   number of fields
//   12  static string: name for debug printing, `S` or `E::B`
//   16  static string: full path of the type, for messages and `type_name_of_val`
//   20  index of the variant; −1 for a struct
//   24… static string per field (named form only)

export const SHAPE_TYPE = 0;
export const SHAPE_FORM = 4;
export const SHAPE_COUNT = 8;
export const SHAPE_NAME = 12;
export const SHAPE_TYPE_NAME = 16;
export const SHAPE_VARIANT = 20;
export const SHAPE_FIELDS = 24;
export const FORM_UNIT = 0;
export const FORM_TUPLE = 1;
export const FORM_NAMED = 2;

// ── Memory map ──────────────────────────────────────────────────────────────────────────────────────────────────
//   0 …        never an object
//   64 …       cells shared with compiled code
//   256 …      program description, written by the compiler's data segment
//   384 … 511  cells of compiled code and of the embedding, free for their use
//   512 … 1023 cells of the runtime
//   1024       the object None (32 bytes)
//   2048 …     data of the runtime, up to its exported global `__heap_base`
//   then       data of the program, up to PROGRAM_DATA_END (16-aligned)
//   then       shadow stack, mark stack, block tables, heap: laid out by `init`

/** i32: fuel left in this slice; compiled code subtracts the cost of a block, and calls `safepoint` when negative. */
export const CELL_COUNTER = 64;
/** i32: part of the slice put aside while a collection is requested. */
export const CELL_PENDING = 68;
/** i64: fuel not yet handed out in slices; i64.MAX when there is no limit. */
export const CELL_FUEL = 72;
/** i32: tag of the last `any` result. */
export const CELL_TAG = 80;
/** i32: first free byte of the shadow stack (16-byte slots, growing upwards). */
export const CELL_STACK = 84;
/** i32: end of the shadow stack. */
export const CELL_STACK_LIMIT = 88;
/** i32: remaining call depth; compiled code counts it down and fails with FAIL_DEPTH below zero. */
export const CELL_DEPTH = 92;
/** i32: 1 when a collection is wanted at the next safepoint. */
export const CELL_COLLECT = 96;
/** i32: 1 collects at every safepoint (tests). Set before `init`. */
export const CELL_STRESS = 100;
/** i64: bytes that the script may still print. */
export const CELL_OUTPUT = 104;
/** i32: fuel per slice (default 100 000). */
export const CELL_SLICE = 112;
/** i32: which operator or member FAIL_BINARY, FAIL_FIELD … speak of; see `fail` in `docs/abi.md`. */
export const CELL_DETAIL = 116;
/** i32: first slot of the shadow stack, set by `init`. */
export const CELL_STACK_BASE = 120;

/** u32 address of an array of shape descriptor addresses, by shape id. */
export const PROGRAM_SHAPES = 256;
export const PROGRAM_SHAPE_COUNT = 260;
/** u32 address of an array of static strings: full path of each declared type, by type id − TYPE_DECLARED. */
export const PROGRAM_TYPES = 264;
export const PROGRAM_TYPE_COUNT = 268;
/** u32 address of the slots of static items (roots); tag END means "not initialised". */
export const PROGRAM_STATICS = 272;
export const PROGRAM_STATIC_COUNT = 276;
/** u32 address of an array of static strings: path of each function, by function index (table). */
export const PROGRAM_FUNCTIONS = 280;
export const PROGRAM_FUNCTION_COUNT = 284;
/** u32: end of the program's data. */
export const PROGRAM_DATA_END = 288;
export const CELLS_COMPILED = 384;
export const CELLS_RUNTIME = 512;
export const NONE_OBJECT = 1024;
/** Passed to asc as `--memoryBase`. */
export const RUNTIME_DATA = 2048;

// ── Operators of `binary`, `compound` and messages (CELL_DETAIL) ─────────────────────────────────────────────────

export const OP_ADD = 0;
export const OP_SUB = 1;
export const OP_MUL = 2;
export const OP_DIV = 3;
export const OP_REM = 4;
export const OP_AND = 5;
export const OP_OR = 6;
export const OP_XOR = 7;
export const OP_SHL = 8;
export const OP_SHR = 9;
export const OP_EQ = 10;
export const OP_NE = 11;
export const OP_LT = 12;
export const OP_LE = 13;
export const OP_GT = 14;
export const OP_GE = 15;
export const OP_NEG = 16;
export const OP_NOT = 17;

// ── Format specs: one i64, see `format_value` in `docs/abi.md` ──────────────────────────────────────────────────
//   bits 0–3 style · 4–5 align · 6 sign · 7 alternate · 8 zero · 9 has width · 10 has precision
//   bits 11–26 width · 27–42 precision · 43–63 fill (Unicode scalar; 0 means blank)

export const STYLE_DISPLAY = 0;
export const STYLE_DEBUG = 1;
export const STYLE_HEX = 2;
export const STYLE_HEX_UPPER = 3;
export const STYLE_BINARY = 4;
export const STYLE_OCTAL = 5;
export const STYLE_POINTER = 6;
export const ALIGN_NONE = 0;
export const ALIGN_LEFT = 1;
export const ALIGN_CENTER = 2;
export const ALIGN_RIGHT = 3;

// ── Failures: first argument of the import `fail` ───────────────────────────────────────────────────────────────
//   code  name            a, b, detail
export const FAIL_OVERFLOW = 1; //            –
export const FAIL_UNDERFLOW = 2; //           –
export const FAIL_DIVIDE_BY_ZERO = 3; //      –
export const FAIL_PANIC = 4; //               a: String
export const FAIL_BINARY = 5; //              a, b: operands; detail: operator
export const FAIL_UNARY = 6; //               a: operand; detail: operator
export const FAIL_INDEX = 7; //               a: container, b: index (out of bounds or absent)
export const FAIL_INDEX_GET = 8; //           a: value without indexing of this kind, b: index
export const FAIL_INDEX_SET = 9; //           a: value without indexed assignment of this kind, b: index
export const FAIL_FIELD = 10; //              a: value, b: String, the field that is not there
export const FAIL_TUPLE_INDEX = 11; //        a: value, b: int, the part that is not there
export const FAIL_METHOD = 12; //             a: receiver, b: String, the method that is not there
export const FAIL_NOT_CALLABLE = 13; //       a: value
export const FAIL_ARITY = 14; //              a: int, expected; b: int, given
export const FAIL_TYPE = 15; //               a: value; detail: the expected type id
export const FAIL_CONDITION = 16; //          a: value that should be a bool
export const FAIL_MOVED = 17; //              a: unit; a value was used after `drop`
export const FAIL_ITERATE = 18; //            a: value that cannot be iterated
export const FAIL_RANGE_ITERATE = 19; //      a: the range that cannot be iterated; detail: its kind
export const FAIL_CAST = 20; //               a: value; detail: the wanted type id
export const FAIL_TRY = 21; //                a: value that is no Option or Result
export const FAIL_FORMAT = 22; //             a: value that has no such format; detail: style
export const FAIL_HASH = 23; //               a: value that cannot be hashed
export const FAIL_FLOAT_COMPARISON = 24; //   a, b: floats without an order
export const FAIL_PATTERN = 25; //            a: value that no pattern matched
export const FAIL_FUNCTION = 26; //           a: String, the function that is not there
export const FAIL_STATIC = 27; //             a: String, the static that has no value yet
export const FAIL_BORROWED = 28; //           a: value that is in use by an iterator
export const FAIL_OTHER = 29; //              a: String, a whole sentence
export const FAIL_GENERATOR_COMPLETE = 30; // –
export const FAIL_FUTURE_COMPLETE = 31; //    –
export const FAIL_STRUCT_COMPARE = 32; //     a, b: operands of different types; detail: operator
export const FAIL_MEMORY = 64; //             limit/memory
export const FAIL_FUEL = 65; //               limit/fuel
export const FAIL_DEPTH = 66; //              limit/depth
export const FAIL_OUTPUT = 67; //             limit/output
export const FAIL_INTERNAL = 99; //           a broken invariant; detail: which
