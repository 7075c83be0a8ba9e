// Host calls of a Rune program on the wire: the program sends an encoded pair of the function's name and its arguments, the
// bridge wants the function's id and the arguments. The bytes are cut; no value is made.
//
//   request   0x08 | u32 2 | 0x06 | u32 length | name | encoded array of the arguments
//   answer    1 (Ok) or 2 (Err) | encoded value
import {
  CrucibleError,
  decodeValue,
  isObject,
  listHostFunctions,
  valueTag,
  type HostModuleDeclaration,
} from "@crucible/sandbox";
import type { HostBridge, HostReply } from "@crucible/sandbox-thread";

const answerOk = 1;
const answerErr = 2;
const arrayHeaderBytes = 5;
const stringHeaderBytes = 5;

/**
 * Makes the function that answers a program's host calls through the bridge.
 *
 * @param failed is told the code of each failure of the host: only these can leave the program as codes of its own end
 */
export function createHostCall(
  modules: readonly HostModuleDeclaration[],
  bridge: HostBridge,
  failed: (code: string) => void,
): (request: Uint8Array) => Uint8Array {
  const names = modules.flatMap((module) => listHostFunctions(module).map(({ name }) => `${module.name}.${name}`));
  const ids = new Map(names.map((name, id) => [name, id]));
  const decoder = new TextDecoder();
  return (request) => {
    const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
    if (request[0] !== valueTag.array || request[arrayHeaderBytes] !== valueTag.string) throw malformed();
    const nameStart = arrayHeaderBytes + stringHeaderBytes;
    const nameEnd = nameStart + view.getUint32(arrayHeaderBytes + 1, true);
    if (nameEnd > request.length) throw malformed();
    const id = ids.get(decoder.decode(request.subarray(nameStart, nameEnd)));
    // An id that no declaration has is refused by the host, and recorded there.
    const reply = bridge.call(id ?? names.length, request.slice(nameEnd));
    if (!reply.ok) {
      const error = decodeValue(reply.bytes);
      if (error.ok && isObject(error.value) && typeof error.value["code"] === "string") failed(error.value["code"]);
    }
    return toAnswer(reply);
  };
}

function toAnswer({ ok, bytes }: HostReply): Uint8Array {
  const answer = new Uint8Array(1 + bytes.length);
  answer[0] = ok ? answerOk : answerErr;
  answer.set(bytes, 1);
  return answer;
}

function malformed(): CrucibleError {
  return new CrucibleError("guest/invalid-value", "Cannot call the host: the program's request has another form");
}
