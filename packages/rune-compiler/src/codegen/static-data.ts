// Static data of a program behind the runtime's: strings, bytes, closure objects, descriptors. Addresses are final as
// soon as something is added.

import { layout } from "@crucible/rune-runtime";
import { ByteWriter } from "../wasm/byte-writer.ts";

const utf8 = new TextEncoder();

/** Appends 16-byte aligned objects from a start address on. */
export class StaticData {
  readonly start: number;
  private readonly out = new ByteWriter(4096);
  private readonly strings = new Map<string, number>();

  constructor(heapBase: number) {
    this.start = (heapBase + 15) & ~15;
  }

  /** Address after the last object. */
  get end(): number {
    return this.start + this.out.length;
  }

  bytes(): Uint8Array {
    return this.out.bytes();
  }

  /** A static string object. */
  string(text: string): number {
    const known = this.strings.get(text);
    if (known !== undefined) return known;
    const address = this.text(layout.TAG_STRING, utf8.encode(text));
    this.strings.set(text, address);
    return address;
  }

  /** A static Bytes object. */
  bytesObject(content: Uint8Array): number {
    return this.text(layout.TAG_BYTES, content);
  }

  /** 32-bit words as they stand. */
  words(words: readonly number[]): number {
    this.align();
    const address = this.end;
    for (const word of words) this.out.fixed32(word);
    return address;
  }

  private text(tag: number, content: Uint8Array): number {
    this.align();
    const address = this.end;
    this.out.fixed32(layout.STATIC_HEADER + tag);
    this.out.fixed32(content.length);
    this.out.fixed32(address + layout.STRING_BYTES);
    this.out.fixed32(0);
    this.out.fixed32(0);
    this.out.append(content);
    return address;
  }

  private align(): void {
    while (this.out.length % 16 !== 0) this.out.byte(0);
  }
}
