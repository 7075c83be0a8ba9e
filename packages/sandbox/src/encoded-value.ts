// Values that stay encoded until somebody looks into them: what a worker answered passes the main thread without being
// built there only to be encoded again.
import { keepEncoding } from "./known-encoding.ts";
import { unwrap } from "./outcome.ts";
import { decodeValue, valueTag } from "./value-codec.ts";
import type { Value } from "./value.ts";
import { emptyObject } from "./value.ts";

/**
 * Makes a value of an encoding that `encodeValue` has made. Encoding it costs a copy of the bytes, and decoding happens
 * when a part of it is read for the first time. The bytes are kept and must not change.
 *
 * @throws {CrucibleError} at the first look inside when the bytes are no encoding: they were not `encodeValue`'s
 */
export function viewEncoded(bytes: Uint8Array): Value {
  const target = bytes[0] === valueTag.array ? [] : bytes[0] === valueTag.object ? emptyObject() : undefined;
  // What has no parts is decoded at once.
  if (target === undefined) return unwrap(decodeValue(bytes));
  let isFilled = false;
  const filled = (): object => {
    if (!isFilled) {
      Object.assign(target, unwrap(decodeValue(bytes)));
      isFilled = true;
    }
    return target;
  };
  const view = new Proxy(target, {
    get: (_, key) => Reflect.get(filled(), key) as unknown,
    has: (_, key) => Reflect.has(filled(), key),
    ownKeys: () => Reflect.ownKeys(filled()),
    getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(filled(), key),
    // Values are never changed.
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
  });
  keepEncoding(view, bytes);
  return view;
}
