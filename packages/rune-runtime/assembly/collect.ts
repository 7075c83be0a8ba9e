// Mark and sweep. Runs only when compiled code asks at a safepoint, with its live references on the shadow stack.
// Objects do not move. The mark stack has a fixed size: when it overflows, every marked object is scanned again.
import {
  CELL_STACK,
  CELL_STACK_BASE,
  CLOSURE_COUNT,
  FLAG_MARK,
  HEADER_FLAGS,
  HEADER_SIZE,
  KIND_STRUCT,
  OBJECT_SLOTS,
  OPTION_VARIANT,
  ENTRY_SIZE,
  ENTRY_KEY_TAG,
  ENTRY_VALUE_TAG,
  ENTRY_KEY,
  ENTRY_VALUE,
  MAP_ENTRIES,
  MAP_INDEX,
  MAP_USED,
  PROGRAM_STATICS,
  PROGRAM_STATIC_COUNT,
  SLOT_PAYLOAD,
  STRING_ADDRESS,
  STRING_BYTES,
  STRUCT_COUNT,
  TAG_BYTES,
  TAG_CLOSURE,
  TAG_FRAME,
  TAG_HASH_MAP,
  TAG_HASH_SET,
  TAG_OBJECT,
  TAG_OPTION,
  TAG_RANGE,
  TAG_REFERENCE,
  TAG_RESULT,
  TAG_STRING,
  TAG_TUPLE,
  TAG_VEC,
  TUPLE_LENGTH,
  VEC_ADDRESS,
  VEC_LENGTH,
  VEC_MIXED,
  VEC_REPR,
} from "../src/layout";
import {
  blockAddress,
  BLOCK_SHIFT,
  BLOCK_SIZE,
  CLASS_CONTINUED,
  CLASS_FREE,
  CLASS_LARGE,
  classSize,
  freeBlocks,
  tableEntry,
} from "./allocate";
import {
  ALLOCATED,
  BUMP,
  COLLECTIONS,
  ENCODE_BUFFER,
  FORMAT_BUFFER,
  FREE_LISTS,
  get,
  HEAP_BLOCKS,
  LIVE,
  MARK_BASE,
  MARK_END,
  MARK_OVERFLOW,
  MARK_POINTER,
  set,
  THRESHOLD,
} from "./cells";

/** A collection is asked for after at least this many bytes. */
export const FIRST_THRESHOLD: usize = 8388608;

/** Collects: everything that the shadow stack and the statics do not reach is free afterwards. */
export function collect(): void {
  set(COLLECTIONS, get(COLLECTIONS) + 1);
  set(FORMAT_BUFFER, 0);
  set(ENCODE_BUFFER, 0);
  set(MARK_POINTER, get(MARK_BASE));
  set(MARK_OVERFLOW, 0);
  const base = get(CELL_STACK_BASE);
  markSlots(base, (get(CELL_STACK) - base) >> 4);
  drain();
  markSlots(get(PROGRAM_STATICS), get(PROGRAM_STATIC_COUNT));
  drain();
  while (get(MARK_OVERFLOW)) {
    set(MARK_OVERFLOW, 0);
    rescan();
  }
  sweep();
}

@inline
function isMarked(p: usize): bool {
  return (load<u8>(p, HEADER_FLAGS) & FLAG_MARK) != 0;
}

@inline
function setMark(p: usize): void {
  store<u8>(p, load<u8>(p, HEADER_FLAGS) | FLAG_MARK, HEADER_FLAGS);
}

function mark(p: usize): void {
  if (isMarked(p)) return;
  setMark(p);
  const kind = <i32>load<u8>(p);
  if (kind == TAG_STRING || kind == TAG_BYTES) {
    const bytes = <usize>load<u32>(p, STRING_ADDRESS);
    if (bytes != p + STRING_BYTES && bytes) setMark(bytes - HEADER_SIZE);
    return;
  }
  const top = get(MARK_POINTER);
  if (top >= get(MARK_END)) {
    set(MARK_OVERFLOW, 1);
    return;
  }
  store<u32>(top, <u32>p);
  set(MARK_POINTER, top + 4);
}

@inline
function markSlots(slot: usize, count: usize): void {
  const end = slot + (count << 4);
  while (slot < end) {
    if (load<i32>(slot) >= TAG_REFERENCE) mark(<usize>load<u32>(slot, SLOT_PAYLOAD));
    slot += 16;
  }
}

function drain(): void {
  const base = get(MARK_BASE);
  while (true) {
    const top = get(MARK_POINTER);
    if (top <= base) return;
    set(MARK_POINTER, top - 4);
    scan(<usize>load<u32>(top - 4));
  }
}

function scan(p: usize): void {
  const kind = <i32>load<u8>(p);
  if (kind == KIND_STRUCT) markSlots(p + OBJECT_SLOTS, <usize>load<u32>(p, STRUCT_COUNT));
  else if (kind == TAG_OPTION) markSlots(p + OBJECT_SLOTS, <usize>load<u32>(p, OPTION_VARIANT));
  else if (kind == TAG_RESULT) markSlots(p + OBJECT_SLOTS, 1);
  else if (kind == TAG_TUPLE || kind == TAG_FRAME) markSlots(p + OBJECT_SLOTS, <usize>load<u32>(p, TUPLE_LENGTH));
  else if (kind == TAG_VEC) scanVec(p);
  else if (kind == TAG_CLOSURE) markSlots(p + OBJECT_SLOTS, <usize>load<u32>(p, CLOSURE_COUNT));
  else if (kind == TAG_RANGE) markSlots(p + OBJECT_SLOTS, 2);
  else if (kind == TAG_OBJECT || kind == TAG_HASH_MAP || kind == TAG_HASH_SET) scanMap(p);
}

function scanVec(p: usize): void {
  const address = <usize>load<u32>(p, VEC_ADDRESS);
  if (!address) return;
  setMark(address - HEADER_SIZE);
  const repr = load<i32>(p, VEC_REPR);
  const length = <usize>load<u32>(p, VEC_LENGTH);
  if (repr == VEC_MIXED) markSlots(address, length);
  else if (repr >= TAG_REFERENCE) {
    const end = address + (length << 3);
    for (let q = address; q < end; q += 8) mark(<usize>load<u32>(q));
  }
}

function scanMap(p: usize): void {
  const entries = <usize>load<u32>(p, MAP_ENTRIES);
  if (!entries) return;
  setMark(entries - HEADER_SIZE);
  setMark(<usize>load<u32>(p, MAP_INDEX) - HEADER_SIZE);
  const end = entries + <usize>load<u32>(p, MAP_USED) * ENTRY_SIZE;
  for (let q = entries; q < end; q += ENTRY_SIZE) {
    if (<i32>load<u16>(q, ENTRY_KEY_TAG) >= TAG_REFERENCE) mark(<usize>load<u32>(q, ENTRY_KEY));
    if (<i32>load<u16>(q, ENTRY_VALUE_TAG) >= TAG_REFERENCE) mark(<usize>load<u32>(q, ENTRY_VALUE));
  }
}

function rescan(): void {
  const end = get(HEAP_BLOCKS);
  for (let i: usize = 0; i < end; i++) {
    const c = load<u32>(tableEntry(i)) & 255;
    if (c == CLASS_FREE || c == CLASS_CONTINUED) continue;
    const block = blockAddress(i);
    if (c == CLASS_LARGE) {
      if (isMarked(block)) {
        scan(block);
        drain();
      }
      continue;
    }
    const size = classSize(c);
    const last = lastCell(block, c, size);
    for (let p = block; p < last; p += size) {
      if (isMarked(p)) {
        scan(p);
        drain();
      }
    }
  }
}

/** End of the cells of a block that have been handed out. */
@inline
function lastCell(block: usize, c: u32, size: usize): usize {
  const end = block + (BLOCK_SIZE / size) * size;
  const bump = get(BUMP + ((<usize>c) << 2));
  return bump > block && bump <= end ? bump : end;
}

function sweep(): void {
  memory.fill(FREE_LISTS, 0, 160);
  let live: usize = 0;
  const end = get(HEAP_BLOCKS);
  for (let i: usize = 0; i < end; i++) {
    const entry = load<u32>(tableEntry(i));
    const c = entry & 255;
    if (c == CLASS_FREE || c == CLASS_CONTINUED) continue;
    const block = blockAddress(i);
    if (c == CLASS_LARGE) {
      const blocks = <usize>(entry >> 8);
      if (isMarked(block)) {
        store<u8>(block, 0, HEADER_FLAGS);
        live += blocks << BLOCK_SHIFT;
      } else freeBlocks(i, blocks);
      continue;
    }
    live += sweepBlock(i, block, c);
  }
  set(LIVE, live);
  set(ALLOCATED, 0);
  set(THRESHOLD, max(FIRST_THRESHOLD, live));
}

/** Frees the unmarked cells of one block, or the whole block. @returns bytes alive in it */
function sweepBlock(i: usize, block: usize, c: u32): usize {
  const size = classSize(c);
  const list = FREE_LISTS + ((<usize>c) << 2);
  const full = block + (BLOCK_SIZE / size) * size;
  const last = lastCell(block, c, size);
  const before = get(list);
  let head = before;
  let alive: usize = 0;
  for (let p = block; p < last; p += size) {
    const header = load<u32>(p);
    if (header & 256) {
      store<u32>(p, header & ~(<u32>256));
      alive += size;
    } else {
      store<u32>(p, 0);
      store<u32>(p, <u32>head, 4);
      head = p;
    }
  }
  if (alive == 0) {
    const bump = BUMP + ((<usize>c) << 2);
    if (get(bump) > block && get(bump) <= full) set(bump, 0);
    freeBlocks(i, 1);
    return 0;
  }
  set(list, head);
  return alive;
}
