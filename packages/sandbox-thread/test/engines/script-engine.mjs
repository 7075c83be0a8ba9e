// An engine for tests: its "language" is a table of actions in JavaScript over one real linear memory.
// The payload is not used; what an action may do to the memory is what an interpreter's guest could do.
import { decodeValue, encodeValue, unwrap } from "@crucible/sandbox";

const bytesOf = (value) => unwrap(encodeValue(value));

export async function createEngine({ openMs }) {
  await new Promise((resolve) => setTimeout(resolve, openMs));
  return {
    compile: (source) => {
      if (source.text === "spin") for (;;);
      if (source.text === "throw") throw new Error("the compiler broke");
      if (source.text.startsWith("bad")) {
        return { ok: false, error: { code: "compile/syntax", message: `Cannot compile "${source.file}"` } };
      }
      return {
        ok: true,
        value: { bytes: new TextEncoder().encode(source.text), actions: null, warnings: [], hostFunctions: null },
      };
    },
    load: ({ memoryBytes, bridge }) => {
      const memory = new WebAssembly.Memory({ initial: 2, maximum: memoryBytes / 65536 });
      let high = 1024;
      const view = () => new DataView(memory.buffer);
      const host = (id, ...args) => bridge.call(id, bytesOf(args), 7);
      const actions = {
        echo: (params) => params,
        seed: (_, call) => call.seed,
        // Writes everywhere it can and tells what it found before.
        canary: () => {
          const words = new Uint8Array(memory.buffer);
          const found = words.findIndex((byte, at) => byte !== 0 && at >= 16);
          words.fill(255, 16);
          high = memory.buffer.byteLength;
          return found;
        },
        grow: ({ pages }) => {
          if (memory.buffer.byteLength + pages * 65536 > memoryBytes) throw new RangeError("grow");
          memory.grow(pages);
          high = memory.buffer.byteLength;
          return memory.buffer.byteLength;
        },
        spin: () => {
          for (;;);
        },
        poll: () => {
          while (Atomics.load(bridge.interrupt, 0) === 0);
          return "interrupted";
        },
        trap: () => {
          throw new WebAssembly.RuntimeError("unreachable");
        },
        overflow: () => {
          const recurse = () => recurse() + 1;
          return recurse();
        },
        exit: () => process.exit(3),
        fail: ({ message }) => ({ kind: "error", error: { code: "guest/exception", message } }),
        host: ({ id, args }) => {
          const reply = host(id, ...args);
          const value = unwrap(decodeValue(reply.bytes));
          return reply.ok ? value : { kind: "error", error: { code: value.code, message: value.message } };
        },
        caught: ({ id, args, times }) => {
          for (let index = 0; index < times; index++) host(id, ...args);
          return "done";
        },
        together: ({ id, args }) => {
          const tickets = args.map((arg) => bridge.submit(id, bytesOf([arg])));
          return bridge.wait(tickets.toReversed()).map((reply) => unwrap(decodeValue(reply.bytes)));
        },
        twice: ({ id }) => {
          const ticket = bridge.submit(id, bytesOf([1]));
          bridge.wait([ticket]);
          bridge.wait([ticket]);
        },
        unknown: () => bridge.wait([99]),
        raw: ({ id, bytes }) => {
          const reply = bridge.call(id, bytes);
          return unwrap(decodeValue(reply.bytes));
        },
        time: ({ id }) => bridge.call(id, bytesOf([])).time,
        print: ({ text, times }) => {
          for (let index = 0; index < times; index++) bridge.print(text);
          return null;
        },
        output: ({ length }) => "x".repeat(length),
        malformed: () => ({ kind: "value", bytes: new Uint8Array([9, 255, 255, 255, 255]) }),
      };
      view().setUint32(0, 0xc0ffee, true);
      return {
        ok: true,
        value: {
          memory,
          snapshotRegions: () => [[0, 1024]],
          highWater: () => high,
          afterRestore: () => {
            high = 1024;
          },
          call: (call) => {
            if (view().getUint32(0, true) !== 0xc0ffee)
              return { kind: "broken", error: { code: "guest/trap", message: "not restored" } };
            const action = actions[call.action];
            if (action === undefined)
              return { kind: "error", error: { code: "plugin/action-not-found", message: `no action ${call.action}` } };
            const value = action(unwrap(decodeValue(call.params)), call);
            if (typeof value === "object" && value !== null && "kind" in value) return value;
            return { kind: "value", bytes: bytesOf(value ?? null) };
          },
        },
      };
    },
  };
}
