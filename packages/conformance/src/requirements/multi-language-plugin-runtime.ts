// Laws of the requirement "Multi-Language Plugin Runtime".
import { defaultLimits, object, type ErrorCode, type Value } from "@crucible/sandbox";
import { createArtifactStore, sha256, type ArtifactStore } from "@crucible/cache";
import fc from "fast-check";
import { structuredValue } from "../arbitrary-structured.ts";
import { assertFailure, assertSuccess, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { observeBackend } from "../observed-backend.ts";
import { openHost } from "../open-host.ts";
import type { ProgramName } from "../program.ts";

const megabyte = 1024 * 1024;

interface Failing {
  readonly program: ProgramName;
  readonly params: Value;
  readonly code: ErrorCode;
}

export const multiLanguagePluginRuntimeLaws: readonly Law[] = [
  law("MS-01.1", {
    checks:
      "source becomes a WebAssembly module, the same one each time; values come back as they went in and errors as errors; " +
      "memory and time are bounded by the manifest, else by 100 MB and 30 s",
    proves: "all",
    languages: ["rune"],
    programs: ["echo", "allocate", "loop", "raise", "count"],
    run: async ({ subject, source, holds }) => {
      for (const name of ["echo", "count"] as const) {
        const unit = { file: `${name}.rune`, text: source(name), firstLine: 1, modules: [] };
        const artifact = assertSuccess(await subject.backend.compile(unit));
        const again = assertSuccess(await subject.backend.compile(unit));
        assertThat(
          new TextDecoder().decode(artifact.bytes.subarray(0, 4)) === "\0asm",
          "The artifact is no WebAssembly module",
        );
        assertThat(artifact.hash === again.hash, "Equal source became different artifacts");
      }
      const test = await openHost(subject, {
        plugins: (["echo", "allocate", "loop", "raise", "count"] as const).map((name) => ({
          manifest: {
            name,
            description: name,
            parameters: { type: "object" },
            limits: { memory_bytes: 8 * megabyte, timeout_ms: name === "loop" ? 100 : 30_000 },
          },
          code: source(name),
        })),
      });
      await holds(
        fc.asyncProperty(structuredValue, async (value) => {
          const params = object([["value", value]]);
          assertValue(await test.invoke("echo", params), params);
          assertValue(await test.invoke("count", object([])), 1);
        }),
      );
      assertFailure(await test.invoke("allocate", object([["bytes", 64 * megabyte]])), "limit/memory");
      assertFailure(await test.invoke("loop", object([])), "limit/deadline");
      assertFailure(await test.invoke("raise", object([["message", "no"]])), "guest/exception");
      const { memory_bytes: memory, timeout_ms: time } = defaultLimits;
      assertThat(memory === 100 * megabyte && time === 30_000, `The defaults are ${memory} bytes and ${time} ms`);
      await test.dispose();
    },
  }),

  law("MS-01.2", {
    checks:
      "io, os, debug and package are neither global nor loadable while string and table are there; values come back as they " +
      "went in; memory and time are bounded",
    proves: "all",
    languages: ["lua"],
    programs: ["find globals", "echo", "allocate", "loop", "raise"],
    run: async ({ subject, source, holds }) => {
      const test = await openHost(subject, {
        plugins: (["find globals", "echo", "allocate", "loop", "raise"] as const).map((name) => ({
          manifest: {
            name: name.replace(" ", "-"),
            description: name,
            parameters: { type: "object" },
            limits: { memory_bytes: 8 * megabyte, timeout_ms: name === "loop" ? 100 : 30_000 },
          },
          code: source(name),
        })),
      });
      const names = ["io", "string", "os", "debug", "package", "table"];
      assertValue(await test.invoke("find-globals", object([["names", names]])), "string,table");
      await holds(
        fc.asyncProperty(structuredValue, async (value) => {
          const params = object([["value", value]]);
          assertValue(await test.invoke("echo", params), params);
        }),
      );
      assertFailure(await test.invoke("allocate", object([["bytes", 64 * megabyte]])), "limit/memory");
      assertFailure(await test.invoke("loop", object([])), "limit/deadline");
      assertFailure(await test.invoke("raise", object([["message", "no"]])), "guest/exception");
      await test.dispose();
    },
  }),

  law("MS-01.3", {
    checks:
      "a guest that fails, in whatever way, ends with the code of that way and with a place in its own file; the journal has " +
      "its end; others run afterwards as before",
    proves: "all",
    programs: ["raise", "loop", "allocate", "echo"],
    run: async ({ subject, source, holds }) => {
      const limitsOf = (name: string): object => ({
        memory_bytes: 8 * megabyte,
        timeout_ms: name === "loop" ? 100 : 30_000,
      });
      const test = await openHost(subject, {
        plugins: (["raise", "loop", "allocate", "echo"] as const).map((name) => ({
          manifest: { name, description: name, parameters: { type: "object" }, limits: limitsOf(name) },
          code: source(name),
        })),
      });
      const ways: readonly Failing[] = [
        { program: "raise", params: object([["message", "no"]]), code: "guest/exception" },
        { program: "loop", params: object([]), code: "limit/deadline" },
        { program: "allocate", params: object([["bytes", 64 * megabyte]]), code: "limit/memory" },
      ];
      // Every way in each sequence: what is tried must not depend on luck.
      const sequences = fc.shuffledSubarray([...ways], { minLength: ways.length });
      await holds(
        fc.asyncProperty(sequences, async (sequence) => {
          for (const { program, params, code } of sequence) {
            const error = assertFailure(await test.invoke(program, params), code);
            const place = error.details?.place;
            const { bodyLine } = assertSuccess(test.host.registry.find(program)).manifest;
            assertThat(
              place?.file.includes(program) === true &&
                place.line >= bodyLine &&
                (program !== "raise" || place.line === bodyLine + 1),
              `${code} of "${program}" has the place ${JSON.stringify(place)}`,
            );
            const end = test.records.findLast(({ kind }) => kind === "execution.end");
            assertThat(
              end?.kind === "execution.end" && end.plugin === program && end.error?.code === code,
              `The journal does not end with ${code} of "${program}"`,
            );
          }
          const params = object([["still", "here"]]);
          assertValue(await test.invoke("echo", params), params);
        }),
        5,
      );
      await test.dispose();
    },
  }),

  law("MS-01.4", {
    checks:
      "unchanged source is compiled once for all hosts that share a store, changed source again, and the store is bounded",
    proves: "all",
    programs: ["echo", "count"],
    run: async ({ subject, source }) => {
      const observed = observeBackend(subject.backend);
      const stored = new Map<string, Uint8Array>();
      const maxBytes = 1024 * 1024;
      const open = async (program: "echo" | "count"): Promise<Awaited<ReturnType<typeof openHost>>> =>
        openHost(
          { ...subject, backend: observed.backend },
          {
            artifacts: memoryArtifacts(stored, maxBytes),
            plugins: [
              {
                manifest: { name: "a", description: "A plugin", parameters: { type: "object" } },
                code: source(program),
              },
            ],
          },
        );
      const runs: number[] = [];
      for (const program of ["echo", "echo", "echo", "count", "count"] as const) {
        const before = observed.compiled.length;
        const test = await open(program);
        assertSuccess(await test.invoke("a", object([])));
        assertSuccess(await test.invoke("a", object([])));
        await test.dispose();
        runs.push(observed.compiled.length - before);
      }
      assertThat(
        runs[0] !== 0 && runs[3] !== 0 && runs[1] === 0 && runs[2] === 0 && runs[4] === 0,
        `The five hosts compiled ${runs.join()} times`,
      );
      const bytes = [...stored.values()].reduce((sum, entry) => sum + entry.length, 0);
      assertThat(bytes <= maxBytes && bytes > 0, `The store has ${bytes} bytes, at most ${maxBytes} are allowed`);
    },
  }),
];

function memoryArtifacts(stored: Map<string, Uint8Array>, maxBytes: number): ArtifactStore {
  return createArtifactStore({
    files: {
      list: async () => Promise.resolve([...stored].map(([name, { length }]) => ({ name, bytes: length, usedMs: 0 }))),
      read: async (name) => Promise.resolve(stored.get(name)),
      write: async (name, bytes) => Promise.resolve(void stored.set(name, bytes)),
      touch: async () => Promise.resolve(),
      remove: async (name) => Promise.resolve(void stored.delete(name)),
    },
    authenticate: (bytes) => sha256(bytes),
    maxBytes,
    now: () => 0,
  });
}
