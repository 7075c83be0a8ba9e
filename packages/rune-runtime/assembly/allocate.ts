// Memory: size classes in blocks of 32 KiB, larger objects in runs of blocks. Answers 0 when full, without effect.
// Nothing here collects; passing the threshold asks for a collection at the next safepoint.
//
// The heap is a row of blocks. The block table has one u32 for each: class in the low byte (0 free, 1 … 37 cells of
// one size, 254 first of a large object, 255 continued), number of blocks of a large object above it. Blocks beyond
// HEAP_BLOCKS have never been used. Large objects leave RESERVE blocks to small ones, so that straight-line code can
// go on until its next safepoint.
import { CELL_COLLECT, CELL_COUNTER, CELL_PENDING, HEADER_SIZE, KIND_BUFFER } from "../src/layout";
import {
  ALLOCATED,
  BLOCK_TABLE,
  BUMP,
  BUMP_END,
  FREE_BLOCKS,
  FREE_HINT,
  FREE_LISTS,
  get,
  HEAP_BLOCKS,
  HEAP_START,
  MEMORY_BLOCKS,
  set,
  THRESHOLD,
} from "./cells";

export const BLOCK_SIZE: usize = 32768;
export const BLOCK_SHIFT: usize = 15;
/** Blocks of the heap at most: 1 GiB. */
export const MAX_BLOCKS: usize = 32768;
export const CLASS_FREE: u32 = 0;
export const CLASS_LARGE: u32 = 254;
export const CLASS_CONTINUED: u32 = 255;
export const SMALL_LIMIT: usize = 16384;
const RESERVE: usize = 8;

/** Class of a size: 16 … 512 in steps of 16 are 1 … 32; 1, 2, 4, 8, 16 KiB are 33 … 37. */
@inline
function classOf(size: usize): usize {
  if (size <= 512) return (size + 15) >> 4;
  return 33 + <usize>(22 - clz<u32>(<u32>(size - 1)));
}

@inline
export function classSize(c: usize): usize {
  return c <= 32 ? c << 4 : (<usize>1024) << (c - 33);
}

@inline
export function tableEntry(block: usize): usize {
  return get(BLOCK_TABLE) + (block << 2);
}

@inline
export function blockAddress(block: usize): usize {
  return get(HEAP_START) + (block << BLOCK_SHIFT);
}

@inline
function blockOf(address: usize): usize {
  return (address - get(HEAP_START)) >> BLOCK_SHIFT;
}

/** Allocates an object with the given first header word. @returns 0 when memory is full */
export function allocate(size: usize, header: u32): usize {
  if (size > SMALL_LIMIT) return allocateLarge(size, header);
  const c = classOf(size);
  const cell = classSize(c);
  const lists = FREE_LISTS + (c << 2);
  let p = get(lists);
  if (p) {
    set(lists, <usize>load<u32>(p, 4));
  } else {
    const bump = BUMP + (c << 2);
    p = get(bump);
    const next = p + cell;
    if (p == 0 || next > <usize>load<u32>(bump + (BUMP_END - BUMP))) {
      p = freshBlock(c, cell);
      if (!p) return 0;
    } else {
      set(bump, next);
    }
  }
  count(cell);
  store<u32>(p, header);
  return p;
}

@inline
function count(bytes: usize): void {
  const total = get(ALLOCATED) + bytes;
  set(ALLOCATED, total);
  if (total > get(THRESHOLD)) request();
}

/** Asks for a collection at the next safepoint; the sum of counter and pending stays what it was. */
export function request(): void {
  if (load<i32>(CELL_COLLECT)) return;
  store<i32>(CELL_COLLECT, 1);
  const counter = load<i32>(CELL_COUNTER);
  if (counter >= 0) {
    store<i32>(CELL_PENDING, load<i32>(CELL_PENDING) + counter + 1);
    store<i32>(CELL_COUNTER, -1);
  }
}

function freshBlock(c: usize, cell: usize): usize {
  const block = takeBlocks(1, 0);
  if (!block) return 0;
  store<u32>(tableEntry(blockOf(block)), <u32>c);
  set(BUMP + (c << 2), block + cell);
  set(BUMP_END + (c << 2), block + (BLOCK_SIZE / cell) * cell);
  return block;
}

/** Finds a run of free blocks, first fit, else behind the last one. @returns its address, or 0 */
function takeBlocks(wanted: usize, reserve: usize): usize {
  if (get(FREE_BLOCKS) >= wanted) {
    const end = get(HEAP_BLOCKS);
    let run: usize = 0;
    let first = true;
    for (let i = get(FREE_HINT); i < end; i++) {
      if ((load<u32>(tableEntry(i)) & 255) == CLASS_FREE) {
        if (first) {
          set(FREE_HINT, i);
          first = false;
        }
        run++;
        if (run == wanted) {
          set(FREE_BLOCKS, get(FREE_BLOCKS) - wanted);
          return blockAddress(i + 1 - wanted);
        }
      } else run = 0;
    }
  }
  const used = get(HEAP_BLOCKS);
  if (!backed(used + wanted + reserve)) return 0;
  set(HEAP_BLOCKS, used + wanted);
  return blockAddress(used);
}

/** Grows memory until that many blocks are backed. */
function backed(blocks: usize): bool {
  const have = get(MEMORY_BLOCKS);
  if (blocks <= have) return true;
  if (blocks > MAX_BLOCKS) return false;
  const pages = (blocks - have + 1) >> 1;
  const more = max(have >> 3, pages);
  if (more != pages && memory.grow(<i32>more) >= 0) {
    set(MEMORY_BLOCKS, have + (more << 1));
    return true;
  }
  if (memory.grow(<i32>pages) < 0) return false;
  set(MEMORY_BLOCKS, have + (pages << 1));
  return true;
}

function allocateLarge(size: usize, header: u32): usize {
  if (size > 0xf0000000) return 0;
  const wanted = (size + BLOCK_SIZE - 1) >> BLOCK_SHIFT;
  const p = takeBlocks(wanted, RESERVE);
  if (!p) {
    request();
    return 0;
  }
  const block = blockOf(p);
  store<u32>(tableEntry(block), CLASS_LARGE | (<u32>wanted << 8));
  for (let k: usize = 1; k < wanted; k++) store<u32>(tableEntry(block + k), CLASS_CONTINUED);
  count(wanted << BLOCK_SHIFT);
  store<u32>(p, header);
  return p;
}

/** Gives back an object that nobody refers to (an outgrown buffer). */
export function release(p: usize, size: usize): void {
  if (size > SMALL_LIMIT) {
    const block = blockOf(p);
    const blocks = <usize>(load<u32>(tableEntry(block)) >> 8);
    freeBlocks(block, blocks);
    set(ALLOCATED, get(ALLOCATED) - min(get(ALLOCATED), blocks << BLOCK_SHIFT));
    return;
  }
  const c = classOf(size);
  store<u32>(p, 0);
  store<u32>(p, <u32>get(FREE_LISTS + (c << 2)), 4);
  set(FREE_LISTS + (c << 2), p);
  set(ALLOCATED, get(ALLOCATED) - min(get(ALLOCATED), classSize(c)));
}

export function freeBlocks(block: usize, blocks: usize): void {
  for (let k: usize = 0; k < blocks; k++) store<u32>(tableEntry(block + k), CLASS_FREE);
  set(FREE_BLOCKS, get(FREE_BLOCKS) + blocks);
  if (block < get(FREE_HINT)) set(FREE_HINT, block);
}

// Buffers: HEADER_SIZE bytes of header (kind, capacity in bytes at 4), then the bytes. Owners keep the address of the bytes.

/** @returns the address of the first byte of a new buffer, or 0 when full */
export function bufferNew(bytes: usize): usize {
  const size = bytes + HEADER_SIZE;
  if (size < bytes) return 0;
  const p = allocate(size, KIND_BUFFER);
  if (!p) return 0;
  store<u32>(p, <u32>bytes, 4);
  return p + HEADER_SIZE;
}

export function bufferFree(address: usize): void {
  const p = address - HEADER_SIZE;
  release(p, <usize>load<u32>(p, 4) + HEADER_SIZE);
}

/** Bytes that a buffer of that many wanted bytes may use without waste of its cell. */
export function roomyBytes(bytes: usize): usize {
  const size = bytes + HEADER_SIZE;
  if (size < bytes) return bytes;
  if (size > SMALL_LIMIT) return ((size + BLOCK_SIZE - 1) & ~(BLOCK_SIZE - 1)) - HEADER_SIZE;
  return classSize(classOf(size)) - HEADER_SIZE;
}

/**
 * Moves a buffer to a larger one, in place when the blocks behind a large one are free.
 * `used` bytes are kept. @returns the address of the first byte, or 0 when full (the old buffer is untouched)
 */
export function bufferGrow(address: usize, used: usize, bytes: usize): usize {
  if (address) {
    const p = address - HEADER_SIZE;
    const old = <usize>load<u32>(p, 4) + HEADER_SIZE;
    if (old > SMALL_LIMIT && extend(p, bytes + HEADER_SIZE)) {
      store<u32>(p, <u32>bytes, 4);
      return address;
    }
  }
  const grown = bufferNew(bytes);
  if (!grown) return 0;
  if (address) {
    memory.copy(grown, address, used);
    bufferFree(address);
  }
  return grown;
}

/** Extends a large object into the blocks behind it. */
function extend(p: usize, size: usize): bool {
  if (size > 0xf0000000) return false;
  const block = blockOf(p);
  const have = <usize>(load<u32>(tableEntry(block)) >> 8);
  const wanted = (size + BLOCK_SIZE - 1) >> BLOCK_SHIFT;
  if (wanted <= have) return true;
  const end = get(HEAP_BLOCKS);
  let free: usize = 0;
  for (let i = block + have; i < block + wanted; i++) {
    if (i >= end) break;
    if ((load<u32>(tableEntry(i)) & 255) != CLASS_FREE) return false;
    free++;
  }
  if (block + wanted > end) {
    if (!backed(block + wanted + RESERVE)) return false;
    set(HEAP_BLOCKS, block + wanted);
  }
  set(FREE_BLOCKS, get(FREE_BLOCKS) - free);
  for (let i = block + have; i < block + wanted; i++) store<u32>(tableEntry(i), CLASS_CONTINUED);
  store<u32>(tableEntry(block), CLASS_LARGE | (<u32>wanted << 8));
  count((wanted - have) << BLOCK_SHIFT);
  return true;
}
