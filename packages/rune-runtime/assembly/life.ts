// Start of an instance, safepoints, fuel, output, panics, and the failures that the prelude raises by name.
import {
  CELL_COLLECT,
  CELL_COUNTER,
  CELL_DEPTH,
  CELL_DETAIL,
  CELL_FUEL,
  CELL_OUTPUT,
  CELL_PENDING,
  CELL_SLICE,
  CELL_STACK,
  CELL_STACK_BASE,
  CELL_STACK_LIMIT,
  CELL_STRESS,
  FAIL_FUEL,
  FAIL_INDEX,
  FAIL_ITERATE,
  FAIL_MEMORY,
  FAIL_OTHER,
  FAIL_OUTPUT,
  FAIL_OVERFLOW,
  FAIL_PANIC,
  FAIL_RANGE_ITERATE,
  FAIL_UNDERFLOW,
  NONE_OBJECT,
  PROGRAM_DATA_END,
  RANGE_KIND,
  STATIC_HEADER,
  TAG_END,
  TAG_OPTION,
  TAG_RANGE,
  TAG_STRING,
  VARIANT_NONE,
} from "../src/layout";
import { BLOCK_SHIFT, BLOCK_SIZE, MAX_BLOCKS } from "./allocate";
import {
  BLOCK_TABLE,
  COLLECTIONS,
  FUEL_START,
  get,
  HEAP_BLOCKS,
  HEAP_START,
  LAYOUT_END,
  LIVE,
  MARK_BASE,
  MARK_END,
  MEMORY_BLOCKS,
  set,
  THRESHOLD,
} from "./cells";
import { collect as collectGarbage, FIRST_THRESHOLD } from "./collect";
import { fail, fail1, fail2, failType, poll, write } from "./fail";
import { unwrapMessage } from "./format";
import { bytesOf, lengthOf } from "./string";
import { any, chargeFuel } from "./value";

const MARK_STACK: usize = 65536;
const DEFAULT_SLICE: i32 = 100000;

/** End of the runtime's data. */
export function heap_base(): i32 {
  return <i32>__heap_base;
}

/** Lays out shadow stack, mark stack, block table and heap behind the program's data. */
export function init(stackBytes: i32): void {
  store<u32>(NONE_OBJECT, STATIC_HEADER | TAG_OPTION);
  store<u32>(NONE_OBJECT, VARIANT_NONE, 4);
  let p = get(PROGRAM_DATA_END);
  if (!p) p = __heap_base;
  p = (p + 15) & ~15;
  set(CELL_STACK_BASE, p);
  set(CELL_STACK, p);
  p += (<usize>stackBytes + 15) & ~15;
  set(CELL_STACK_LIMIT, p);
  set(MARK_BASE, p);
  p += MARK_STACK;
  set(MARK_END, p);
  set(BLOCK_TABLE, p);
  p += MAX_BLOCKS << 2;
  set(LAYOUT_END, p);
  const start = (p + BLOCK_SIZE - 1) & ~(BLOCK_SIZE - 1);
  set(HEAP_START, start);
  set(HEAP_BLOCKS, 0);
  const needed = <i32>((start + 65535) >> 16);
  const have = memory.size();
  if (have < needed && memory.grow(needed - have) < 0) fail(FAIL_MEMORY);
  countMemory();
  set(THRESHOLD, FIRST_THRESHOLD);
  if (!load<i32>(CELL_SLICE)) store<i32>(CELL_SLICE, DEFAULT_SLICE);
  store<i64>(FUEL_START, load<i64>(CELL_FUEL));
  store<i32>(CELL_COUNTER, 0);
  store<i32>(CELL_PENDING, 0);
  refill(0);
}

/**
 * Sets the bounds of one call: fuel, weighted frames, bytes of output. An embedding that restores memory from a snapshot
 * calls it after each restore: memory may have grown since the snapshot was taken, and grown memory stays.
 */
export function begin_call(fuel: i64, depth: i32, output: i64): void {
  countMemory();
  store<i32>(CELL_DEPTH, depth);
  store<i64>(CELL_OUTPUT, output);
  store<i64>(CELL_FUEL, fuel);
  store<i64>(FUEL_START, fuel);
  store<i32>(CELL_COUNTER, 0);
  store<i32>(CELL_PENDING, 0);
  refill(0);
}

/** Notes how many blocks are backed by memory. Nothing that a program can observe depends on it. */
function countMemory(): void {
  set(MEMORY_BLOCKS, ((<usize>memory.size() << 16) - get(HEAP_START)) >> BLOCK_SHIFT);
}

/** Hands out the next slice, of which `rest` (not positive) is already used; fails when the fuel is used up. */
function refill(rest: i32): void {
  const fuel = load<i64>(CELL_FUEL) + <i64>rest;
  if (fuel < 0) fail(FAIL_FUEL);
  const slice = <i32>min<i64>(fuel, <i64>load<i32>(CELL_SLICE));
  store<i64>(CELL_FUEL, fuel - <i64>slice);
  if (load<i32>(CELL_STRESS)) {
    store<i32>(CELL_PENDING, slice + 1);
    store<i32>(CELL_COUNTER, -1);
  } else {
    store<i32>(CELL_PENDING, 0);
    store<i32>(CELL_COUNTER, slice);
  }
}

/** What compiled code calls when the counter is negative: collects, accounts fuel, polls, refills. */
export function safepoint(): void {
  const rest = load<i32>(CELL_COUNTER) + load<i32>(CELL_PENDING);
  const stress = load<i32>(CELL_STRESS);
  if (load<i32>(CELL_COLLECT) || stress) collectNow();
  if (rest >= 0 && load<i64>(CELL_FUEL) >= 0) {
    store<i32>(CELL_PENDING, stress ? rest + 1 : 0);
    store<i32>(CELL_COUNTER, stress ? -1 : rest);
    return;
  }
  poll();
  refill(rest);
}

/** Collects at once; compiled code calls it after a function answered "full". */
export function collect(): void {
  const rest = load<i32>(CELL_COUNTER) + load<i32>(CELL_PENDING);
  collectNow();
  if (load<i32>(CELL_STRESS)) return;
  store<i32>(CELL_PENDING, 0);
  store<i32>(CELL_COUNTER, rest);
}

function collectNow(): void {
  collectGarbage();
  store<i32>(CELL_COLLECT, 0);
  // The cost of a collection is not fuel: when it happens depends on the size of memory.
}

/** Takes fuel for work outside of compiled code. */
export function charge(units: i64): void {
  if (units < 1000000) chargeFuel(<i32>units);
  else store<i64>(CELL_FUEL, load<i64>(CELL_FUEL) - units);
}

/** Fuel used since `init`. */
export function fuel_used(): i64 {
  const rest = <i64>(load<i32>(CELL_COUNTER) + load<i32>(CELL_PENDING));
  return load<i64>(FUEL_START) - load<i64>(CELL_FUEL) - rest;
}

/** Bytes alive after the last collection (0), blocks in use (1), collections (2), end of the fixed areas (3). */
export function statistic(which: i32): i32 {
  if (which == 0) return <i32>get(LIVE);
  if (which == 1) return <i32>get(HEAP_BLOCKS);
  if (which == 2) return <i32>get(COLLECTIONS);
  return <i32>get(LAYOUT_END);
}

/** First address behind everything that was ever written: what restoring a snapshot has to reset. */
export function high_water(): i32 {
  return <i32>(get(HEAP_START) + (get(HEAP_BLOCKS) << BLOCK_SHIFT));
}

// ── Output ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Writes a text, and a newline if wanted, to the output of the invocation. */
export function print(text: usize, newline: bool): void {
  const length = lengthOf(text);
  const left = load<i64>(CELL_OUTPUT) - <i64>length - (newline ? 1 : 0);
  if (left < 0) fail(FAIL_OUTPUT);
  store<i64>(CELL_OUTPUT, left);
  chargeFuel(<i32>(length >> 4) + 10);
  write(bytesOf(text), <i32>length);
  if (!newline) return;
  store<u8>(NEWLINE, 10);
  write(NEWLINE, 1);
}

const NEWLINE: usize = 1276;

export function debug_print(text: usize): void {
  print(text, true);
}

// ── Failures by name ────────────────────────────────────────────────────────────────────────────────────────────

export function panic(message: usize): void {
  fail1(FAIL_PANIC, 0, <i64>message, TAG_STRING);
}

/** Panics with `message: debug text of a value`. */
export function unwrap_failed(message: usize, payload: i64, tag: i32): void {
  const text = unwrapMessage(message, payload, tag);
  panic(text ? text : message);
}

export function overflow(): void {
  fail(FAIL_OVERFLOW);
}

export function underflow(): void {
  fail(FAIL_UNDERFLOW);
}

export function fail_other(sentence: usize): void {
  fail1(FAIL_OTHER, 0, <i64>sentence, TAG_STRING);
}

export function fail_iterate(payload: i64, tag: i32): void {
  fail1(FAIL_ITERATE, 0, payload, tag);
}

export function fail_range_iterate(range: usize): void {
  fail1(FAIL_RANGE_ITERATE, load<i32>(range, RANGE_KIND), <i64>range, TAG_RANGE);
}

export function fail_index(a: i64, aTag: i32, b: i64, bTag: i32): void {
  fail2(FAIL_INDEX, 0, a, aTag, b, bTag);
}

export function fail_type(payload: i64, tag: i32, type: i32): void {
  failType(payload, tag, type);
}

/** Any failure by code: for the prelude and for compiled code. */
export function fail_with(code: i32, detail: i32, a: i64, aTag: i32, b: i64, bTag: i32): void {
  store<i32>(CELL_DETAIL, detail);
  fail2(code, detail, a, aTag, b, bTag);
}

// ── END ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export function end(): i64 {
  return any(0, TAG_END);
}

export function is_end(payload: i64, tag: i32): bool {
  return tag == TAG_END;
}

