// Addresses of the runtime's own cells. All state of the runtime is in these cells or behind them, so that restoring
// memory restores the runtime; there are no mutable globals.
//
//   address width  meaning
//   512     4      first block of the heap
//   516     4      blocks in use (high-water mark)
//   520     4      blocks backed by memory
//   524     4      free blocks below the high-water mark
//   528     4      no block below this one is free
//   532     4      block table: u32 per block, class in bits 0–7, blocks of a large object in bits 8–31
//   536     4      mark stack, first word
//   540     4      mark stack, end
//   544     4      bytes allocated since the last collection
//   548     4      bytes that ask for a collection
//   552     4      bytes alive after the last collection
//   556     4      collections so far
//   560     4      mark stack overflowed
//   564     4      mark stack pointer
//   568     4      format buffer: address of a buffer object or 0
//   572     4      format buffer: bytes used
//   576     4      format buffer: 1 after it could not grow
//   580     4      encode buffer: as above
//   584     4      encode buffer: bytes used
//   588     4      encode buffer: 1 after it could not grow
//   592     8      fuel at `init`
//   600     4      depth of recursion in compare, format, hash, encode
//   604     4      end of the memory that is laid out before the heap
//   608     4      peak of bytes alive
//   640     160    bump pointers by class
//   800     160    bump ends by class   (both u32 × 40)
//   1056    160    free lists by class
//   1216 … 2047    scratch for numbers and small results

export const HEAP_START: usize = 512;
export const HEAP_BLOCKS: usize = 516;
export const MEMORY_BLOCKS: usize = 520;
export const FREE_BLOCKS: usize = 524;
export const FREE_HINT: usize = 528;
export const BLOCK_TABLE: usize = 532;
export const MARK_BASE: usize = 536;
export const MARK_END: usize = 540;
export const ALLOCATED: usize = 544;
export const THRESHOLD: usize = 548;
export const LIVE: usize = 552;
export const COLLECTIONS: usize = 556;
export const MARK_OVERFLOW: usize = 560;
export const MARK_POINTER: usize = 564;
export const FORMAT_BUFFER: usize = 568;
export const FORMAT_USED: usize = 572;
export const FORMAT_FULL: usize = 576;
export const ENCODE_BUFFER: usize = 580;
export const ENCODE_USED: usize = 584;
export const ENCODE_FULL: usize = 588;
export const FUEL_START: usize = 592;
export const RECURSION: usize = 600;
export const LAYOUT_END: usize = 604;
export const BUMP: usize = 640;
export const BUMP_END: usize = 800;
export const FREE_LISTS: usize = 1056;
export const SCRATCH: usize = 1216;

@inline
export function get(cell: usize): usize {
  return <usize>load<u32>(cell);
}

@inline
export function set(cell: usize, value: usize): void {
  store<u32>(cell, <u32>value);
}
