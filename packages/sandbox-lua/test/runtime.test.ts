import { isUtf8 } from "node:buffer";
import { adaptRuntime, createLuaEngine, readLuaRuntime } from "@crucible/sandbox-lua";
import { describe, expect, it } from "vitest";
import { load } from "./loaded-plugin.ts";

describe("the runtime", () => {
  it("imports its memory instead of defining it, and is otherwise the file", () => {
    const [file, adapted] = [readLuaRuntime(), adaptRuntime(readLuaRuntime())].map(
      (bytes) => new WebAssembly.Module(bytes),
    );
    if (file === undefined || adapted === undefined) throw new Error("unreachable");
    const memories = (module: WebAssembly.Module): unknown =>
      WebAssembly.Module.imports(module).filter(({ kind }) => kind === "memory");
    expect(memories(file)).toEqual([]);
    expect(memories(adapted)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    expect(WebAssembly.Module.exports(adapted)).toEqual(WebAssembly.Module.exports(file));
    const functions = (module: WebAssembly.Module): unknown =>
      WebAssembly.Module.imports(module).filter(({ kind }) => kind === "function");
    expect(functions(adapted)).toEqual(functions(file));
  });

  it("refuses bytes that are not such a file", () => {
    const header = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    expect(() => adaptRuntime(header)).toThrow(/does not define one memory/);
    expect(() => adaptRuntime(readLuaRuntime().subarray(0, 9))).toThrow(/ends early/);
    expect(() => createLuaEngine(isUtf8)("no module")).toThrow(TypeError);
  });

  it("refuses a build whose memory is laid out differently, rather than read the wrong places", () => {
    // The initial value of the stack pointer, global 0 of the file: i32.const 1083712.
    const moved = Buffer.from(adaptRuntime(readLuaRuntime()));
    const stackPointer = Buffer.from([0x7f, 1, 0x41, 0xc0, 0x92, 0xc2, 0x00, 0x0b]);
    const at = moved.indexOf(stackPointer);
    expect(at).toBeGreaterThan(0);
    moved[at + 3] = 0xd0;
    const engine = createLuaEngine(isUtf8)(new WebAssembly.Module(new Uint8Array(moved)));
    if (engine instanceof Promise) throw new Error("unreachable");
    expect(() => engine.compile({ file: "a.lua", text: "", firstLine: 1, modules: [] })).toThrow(
      /laid out differently/,
    );
  });

  it("keeps what a restore copies small: below 100 KB for a small plugin", () => {
    const { guest } = load("local t = {} for i = 1, 20000 do t[i % 7] = { i } end function main() return t end");
    const bytes = guest.snapshotRegions().reduce((sum, [start, end]) => sum + end - start, 0);
    expect(bytes).toBeLessThan(100_000);
  });
});
