// Snapshots of a guest's linear memory: taken once after loading, copied back before each call.
// Only the listed regions are kept; what a call wrote beyond them is zeroed up to the guest's high-water mark.

export interface Snapshot {
  /** Bytes that the copies take. */
  readonly byteLength: number;
  /**
   * Puts the memory back as it was.
   *
   * @param highWater end of what may have been written since, in bytes
   */
  restore(highWater: number): void;
}

/**
 * Copies `regions` ([start, end) byte offsets, ascending, not overlapping) out of a memory.
 *
 * @throws {RangeError} when the regions are not of that form or leave the memory
 */
export function takeSnapshot(memory: WebAssembly.Memory, regions: readonly (readonly [number, number])[]): Snapshot {
  const size = memory.buffer.byteLength;
  let last = 0;
  let byteLength = 0;
  for (const [start, end] of regions) {
    if (start < last || end < start || end > size)
      throw new RangeError(`The region ${start}..${end} is out of order or outside of ${size} bytes`);
    last = end;
    byteLength += end - start;
  }
  const source = new Uint8Array(memory.buffer);
  const copies = regions.map(([start, end]) => ({ start, bytes: source.slice(start, end) }));
  // Growth replaces the buffer, so that the view is made anew when its length became 0.
  let view = source;
  return {
    byteLength,
    restore(highWater) {
      if (view.byteLength !== memory.buffer.byteLength) view = new Uint8Array(memory.buffer);
      for (const { start, bytes } of copies) view.set(bytes, start);
      if (highWater > last) view.fill(0, last, Math.min(highWater, view.byteLength));
    },
  };
}
