// Which type a value has, and what types and functions are called.
import {
  CLOSURE_FUNCTION,
  PROGRAM_FUNCTIONS,
  PROGRAM_FUNCTION_COUNT,
  PROGRAM_TYPES,
  PROGRAM_TYPE_COUNT,
  RANGE_KIND,
  TAG_BOOL,
  TAG_BYTES,
  TAG_CHAR,
  TAG_CLOSURE,
  TAG_FLOAT,
  TAG_FRAME,
  TAG_HASH_MAP,
  TAG_HASH_SET,
  TAG_INT,
  TAG_OBJECT,
  TAG_OPTION,
  TAG_ORDERING,
  TAG_RANGE,
  TAG_RESULT,
  TAG_SHAPE,
  TAG_STRING,
  TAG_TUPLE,
  TAG_TYPE,
  TAG_U64,
  TAG_UNIT,
  TAG_VEC,
  TYPE_DECLARED,
  TYPE_FUTURE,
  TYPE_GENERATOR,
  TYPE_RANGE,
  TYPE_RANGE_FROM,
  TYPE_RANGE_FULL,
  TYPE_RANGE_INCLUSIVE,
  TYPE_RANGE_TO,
  TYPE_RANGE_TO_INCLUSIVE,
  TYPE_STREAM,
} from "../src/layout";
import { get } from "./cells";
import { shapeType } from "./relations";
import { textNew } from "./string";
import { any } from "./value";

/** The type id of a value. */
export function typeOf(payload: i64, tag: i32): i32 {
  if (tag >= TAG_SHAPE) return <i32>shapeType(tag);
  if (tag == TAG_UNIT) return TAG_TUPLE;
  if (tag == TAG_RANGE) return TYPE_RANGE + load<i32>(<usize>payload, RANGE_KIND);
  if (tag == TAG_FRAME) return TYPE_GENERATOR + load<i32>(<usize>payload, 8);
  return tag;
}

export function type_of(payload: i64, tag: i32): i32 {
  return typeOf(payload, tag);
}

export function is_type(payload: i64, tag: i32, type: i32): bool {
  return typeOf(payload, tag) == type;
}

/** A value's type as a value. */
export function type_value(payload: i64, tag: i32): i64 {
  return any(<i64>typeOf(payload, tag), TAG_TYPE);
}

/** A text with the name of a type: a static one, or a new String. */
export function typeName(type: i32): usize {
  if (type >= TYPE_DECLARED) {
    const index = type - TYPE_DECLARED;
    if (index < load<i32>(PROGRAM_TYPE_COUNT)) return <usize>load<u32>(get(PROGRAM_TYPES) + (<usize>index << 2));
  }
  return constantText(builtinName(type));
}

/** Path of a closure's function. */
export function functionName(closure: usize): usize {
  const index = load<i32>(closure, CLOSURE_FUNCTION);
  if (<u32>index < load<u32>(PROGRAM_FUNCTION_COUNT)) {
    const name = <usize>load<u32>(get(PROGRAM_FUNCTIONS) + (<usize>index << 2));
    if (name) return name;
  }
  return constantText("?");
}

function builtinName(type: i32): string {
  switch (type) {
    case TAG_INT:
      return "::std::i64";
    case TAG_FLOAT:
      return "::std::f64";
    case TAG_BOOL:
      return "::std::bool";
    case TAG_UNIT:
    case TAG_TUPLE:
      return "::std::tuple::Tuple";
    case TAG_CHAR:
      return "::std::char";
    case TAG_U64:
      return "::std::u64";
    case TAG_ORDERING:
      return "::std::cmp::Ordering";
    case TAG_TYPE:
      return "::std::any::Type";
    case TAG_STRING:
      return "::std::string::String";
    case TAG_BYTES:
      return "::std::bytes::Bytes";
    case TAG_VEC:
      return "::std::vec::Vec";
    case TAG_OBJECT:
      return "::std::object::Object";
    case TAG_HASH_MAP:
      return "::std::collections::hash_map::HashMap";
    case TAG_HASH_SET:
      return "::std::collections::hash_set::HashSet";
    case TAG_OPTION:
      return "::std::option::Option";
    case TAG_RESULT:
      return "::std::result::Result";
    case TAG_CLOSURE:
      return "::std::ops::Function";
    case TYPE_RANGE:
      return "::std::ops::Range";
    case TYPE_RANGE_INCLUSIVE:
      return "::std::ops::RangeInclusive";
    case TYPE_RANGE_FROM:
      return "::std::ops::RangeFrom";
    case TYPE_RANGE_TO:
      return "::std::ops::RangeTo";
    case TYPE_RANGE_TO_INCLUSIVE:
      return "::std::ops::RangeToInclusive";
    case TYPE_RANGE_FULL:
      return "::std::ops::RangeFull";
    case TYPE_GENERATOR:
      return "::std::ops::generator::Generator";
    case TYPE_FUTURE:
      return "::std::future::Future";
    case TYPE_STREAM:
      return "::std::stream::Stream";
  }
  return "?";
}

/** A new String of an ASCII constant; an empty static text when memory is full. */
export function constantText(constant: string): usize {
  const length = <usize>constant.length;
  const p = textNew(length, TAG_STRING);
  if (!p) return EMPTY;
  for (let i: usize = 0; i < length; i++) {
    store<u8>(p + 20 + i, <u8>load<u16>(changetype<usize>(constant) + (i << 1)));
  }
  return p;
}

/** A static empty string: header, length, address, capacity, hash. */
const EMPTY: usize = memory.data<u32>([272, 0, 0, 0, 0]);

export function type_id_name(type: i32): usize {
  return constantOrCopy(typeName(type));
}

export function type_name(payload: i64, tag: i32): usize {
  return constantOrCopy(typeName(typeOf(payload, tag)));
}

/** Static texts are never handed out: copies are. */
function constantOrCopy(text: usize): usize {
  if (!(load<u8>(text, 1) & 1)) return text;
  const length = <usize>load<u32>(text, 4);
  const p = textNew(length, TAG_STRING);
  if (!p) return 0;
  memory.copy(p + 20, <usize>load<u32>(text, 8), length);
  return p;
}
