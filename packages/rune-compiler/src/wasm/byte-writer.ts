// A growing byte buffer with the encodings of the WebAssembly binary format (LEB128, IEEE 754, length-prefixed names).
// It knows nothing of sections or instructions.

const utf8 = new TextEncoder();

/** Appends bytes; `bytes()` gives a view of what was written so far. */
export class ByteWriter {
  private buffer: Uint8Array;
  private view: DataView | null = null;
  /** Number of bytes written. */
  length = 0;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
  }

  /** Starts again with nothing written; the room stays. */
  reset(): void {
    this.length = 0;
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
    this.view = null;
  }

  /** Appends one byte. */
  byte(value: number): void {
    if (this.length === this.buffer.length) this.reserve(1);
    this.buffer[this.length++] = value;
  }

  /** Appends raw bytes. */
  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Unsigned LEB128 of 0 … 2³²−1. */
  unsigned(value: number): void {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** Signed LEB128 of a 32-bit integer. */
  signed(value: number): void {
    let rest = value | 0;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
        this.byte(low);
        return;
      }
      this.byte(low | 0x80);
    }
  }

  /** Signed LEB128 of a 64-bit integer; values of 2⁶³ and above are taken as their two's complement. */
  signed64(value: bigint): void {
    let rest = BigInt.asIntN(64, value);
    if (rest >= -0x40000000n && rest <= 0x3fffffffn) {
      this.signed(Number(rest));
      return;
    }
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) {
        this.byte(low);
        return;
      }
      this.byte(low | 0x80);
    }
  }

  /** Little-endian 32-bit integer. */
  fixed32(value: number): void {
    this.reserve(4);
    for (let shift = 0; shift < 32; shift += 8) this.buffer[this.length++] = (value >>> shift) & 0xff;
  }

  /** Little-endian IEEE double; NaN is written in its canonical form. */
  float64(value: number): void {
    this.reserve(8);
    this.view ??= new DataView(this.buffer.buffer);
    if (Number.isNaN(value)) this.view.setBigUint64(this.length, 0x7ff8000000000000n, true);
    else this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** Length in UTF-8 bytes, then the bytes. */
  name(text: string): void {
    const bytes = utf8.encode(text);
    this.unsigned(bytes.length);
    this.append(bytes);
  }

  /** A view of the bytes written so far; later writes may or may not show in it. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }
}
