// An artifact whose code traps: Lua source cannot cause a trap, so one instruction of the bytecode is replaced by one that
// reads a constant far outside of the guest's memory.
import { createHash } from "node:crypto";
import type { Artifact, Backend } from "@crucible/sandbox";
import { unwrap } from "@crucible/sandbox";

// LOADK 4 0 (lopcodes.h: 7 bits opcode 3, 8 bits A, 17 bits Bx), and the same with the largest Bx.
const loadConstant = Buffer.from(Uint32Array.of(3 | (4 << 7)).buffer);
const loadFarConstant = Buffer.from(Uint32Array.of((3 | (4 << 7) | (0x1_ffff << 15)) >>> 0).buffer);

export async function trappingArtifact(backend: Backend): Promise<Artifact> {
  const text =
    'function main(params) local a, b, c, d = 1, 2, 3, "constant" return d end function fine() return "fine" end';
  const artifact = unwrap(await backend.compile({ file: "trap.lua", text, firstLine: 1, modules: [] }));
  const bytes = Buffer.from(artifact.bytes);
  const at = bytes.indexOf(loadConstant);
  if (at < 0 || bytes.indexOf(loadConstant, at + 1) >= 0)
    throw new Error("The instruction to replace does not stand there once");
  loadFarConstant.copy(bytes, at);
  return { ...artifact, bytes: new Uint8Array(bytes), hash: createHash("sha256").update(bytes).digest("hex") };
}
