// Buffers that grow while text or encoded values are written to them. A buffer is described by three cells, one behind
// the other: the address of its storage, the bytes used, and whether memory was full.
import { bufferGrow, roomyBytes } from "./allocate";
import { get, set } from "./cells";

const USED: usize = 4;
const FULL: usize = 8;

/** Starts again with the storage that is there. */
@inline
export function beginBuffer(cells: usize): void {
  set(cells + USED, 0);
  set(cells + FULL, 0);
}

/** Room for more bytes behind what is used; they are not used yet. @returns where to write, or 0 */
export function roomInBuffer(cells: usize, bytes: usize, least: usize): usize {
  const used = get(cells + USED);
  let address = get(cells);
  const capacity = address ? <usize>load<u32>(address - 12) : 0;
  if (used + bytes > capacity) {
    const wanted = max(max(used + bytes, capacity + (capacity >> 1)), least);
    address = bufferGrow(address, used, roomyBytes(wanted));
    if (!address) {
      set(cells + FULL, 1);
      return 0;
    }
    set(cells, address);
  }
  return address + used;
}

/** Counts bytes that were written as used. */
@inline
export function advanceBuffer(cells: usize, bytes: usize): void {
  set(cells + USED, get(cells + USED) + bytes);
}
