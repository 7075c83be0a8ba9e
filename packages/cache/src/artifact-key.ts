// What a compiled artifact depends on. Everything that could change the result of a compilation is part of its key.
import { encodeValue, object, unwrap } from "@crucible/sandbox";

/** Inputs of one compilation. */
export interface CompilationInputs {
  /** Source as it is compiled. */
  readonly source: string | Uint8Array;
  /** As the author knows the file: places in errors name it. */
  readonly file: string;
  readonly language: string;
  /** Name and version of the compiler. */
  readonly compiler: string;
  /** `Backend.abi` */
  readonly abi: string;
  /** Anything else that the result depends on: options, declared modules and linked libraries by digest. */
  readonly flags?: Readonly<Record<string, string | number | boolean>>;
}

/** Address of an artifact: 64 lower-case hexadecimal digits. */
export type ArtifactKey = string;

/** A SHA-256 of bytes: 32 bytes. */
export type Digest = (bytes: Uint8Array) => Uint8Array;

/** Computes the address of what these inputs compile to: equal inputs, equal keys; the order of flags does not matter. */
export function artifactKey(inputs: CompilationInputs, sha256: Digest): ArtifactKey {
  const { source, file, language, compiler, abi, flags = {} } = inputs;
  const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
  const sorted = Object.entries(flags).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const encoded = encodeValue(
    object([
      ["form", "crucible-artifact/1"],
      ["source", sha256(bytes)],
      ["file", file],
      ["language", language],
      ["compiler", compiler],
      ["abi", abi],
      ["flags", object(sorted)],
    ]),
  );
  return toHex(sha256(unwrap(encoded)));
}

/** Bytes as lower-case hexadecimal text. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The 32 bytes of a key. @throws {TypeError} when the text is no key */
export function fromHex(key: ArtifactKey): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(key))
    throw new TypeError(`Cannot use ${JSON.stringify(key)} as an artifact key: it must be 64 hexadecimal digits`);
  return Uint8Array.from(key.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
