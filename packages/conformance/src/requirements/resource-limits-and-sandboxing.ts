// Laws of the requirement "Resource Limits and Sandboxing".
import { defaultLimits, limitTable, object, type Outcome, type Value } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertSuccess, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost, type PluginText } from "../open-host.ts";
import { callMain, prepareProgram } from "../run-program.ts";

const megabyte = 1024 * 1024;

export const resourceLimitsAndSandboxingLaws: readonly Law[] = [
  law("MS-08.1", {
    checks:
      "a guest that keeps more than its limit fails with limit/memory and the limit, one that keeps a quarter of it does not; " +
      "100 MB hold where nothing else is said; the next call has all of its memory again",
    proves: "all",
    programs: ["allocate"],
    run: async ({ subject, source, holds }) => {
      await holds(
        fc.asyncProperty(fc.integer({ min: 8, max: 64 }), async (size) => {
          const memoryBytes = size * megabyte;
          const instance = await prepareProgram(subject, source("allocate"), memoryBytes);
          const within = object([["bytes", memoryBytes / 4]]);
          const beyond = object([["bytes", memoryBytes * 2]]);
          for (let round = 0; round < 2; round += 1) {
            const error = assertFailure(
              await callMain(instance, beyond, { memory_bytes: memoryBytes }).outcome,
              "limit/memory",
            );
            const report = error.details?.limit;
            assertThat(
              report?.limit === memoryBytes && report.unit === "bytes",
              `The limit of ${memoryBytes} bytes is reported as ${JSON.stringify(report)}`,
            );
            assertValue(await callMain(instance, within, { memory_bytes: memoryBytes }).outcome, memoryBytes / 4);
          }
          await instance.dispose();
        }),
        5,
      );
      const test = await openHost(subject, {
        plugins: [
          {
            manifest: { name: "hoarder", description: "Keeps everything", parameters: { type: "object" } },
            code: source("allocate"),
          },
        ],
      });
      const outcome = await test.invoke("hoarder", object([["bytes", 300 * megabyte]]));
      const report = assertFailure(outcome, "limit/memory").details?.limit;
      assertThat(report?.limit === 100 * megabyte, `The default limit is reported as ${JSON.stringify(report)}`);
      await test.dispose();
    },
  }),

  law("MS-08.2", {
    checks:
      "a guest that does not end fails with limit/deadline and its limit, other guests run to their end meanwhile, and 30 s " +
      "hold where nothing else is said",
    proves: "all",
    programs: ["loop", "echo"],
    run: async ({ subject, source, holds }) => {
      const endless = await prepareProgram(subject, source("loop"));
      const echo = await prepareProgram(subject, source("echo"));
      await holds(
        fc.asyncProperty(fc.integer({ min: 1, max: 100 }), fc.string(), async (timeoutMs, text) => {
          // Nobody waits for time here: the first guest is cancelled once the other has answered.
          let ended = false;
          const first = callMain(endless, object([]));
          void first.outcome.then(() => {
            ended = true;
          });
          const params = object([["text", text]]);
          assertValue(await callMain(echo, params).outcome, params);
          assertThat(!ended, "Another guest had to wait for the end of one that does not end");
          first.cancel();
          assertFailure(await first.outcome, "invocation/cancelled");

          const { outcome } = callMain(endless, object([]), { timeout_ms: timeoutMs });
          const report = assertFailure(await outcome, "limit/deadline").details?.limit;
          assertThat(
            report?.limit === timeoutMs && report.unit === "ms",
            `The limit of ${timeoutMs} ms is reported as ${JSON.stringify(report)}`,
          );
        }),
        5,
      );
      assertThat(defaultLimits.timeout_ms === 30_000, `The default limit is ${defaultLimits.timeout_ms} ms`);
      const test = await openHost(subject, {
        plugins: [
          { manifest: { name: "walker", description: "Walks", limits: { timeout_ms: 50 } }, code: source("loop") },
        ],
      });
      const report = assertFailure(await test.invoke("walker", object([])), "limit/deadline").details?.limit;
      assertThat(report?.limit === 50, `The manifest's limit is reported as ${JSON.stringify(report)}`);
      const started = test.records.find(({ kind }) => kind === "execution.start");
      assertThat(
        started?.kind === "execution.start" && started.limits.timeout_ms === 50,
        "The journal has another limit",
      );
      await test.dispose();
    },
  }),

  law("MS-08.3", {
    checks:
      "a note of exactly the limit is written and one byte more is not, whatever the manifest's limit is; 10 MB hold where it " +
      "says nothing",
    proves: "all",
    programs: ["write note"],
    run: async ({ subject, source, holds }) => {
      await holds(
        fc.asyncProperty(fc.integer({ min: 1, max: 5_000 }), async (limit) => {
          const test = await openHost(subject, {
            answer: "always",
            plugins: [
              {
                manifest: {
                  name: "writer",
                  description: "Writes",
                  capabilities: ["KilnWrite"],
                  parameters: { type: "object" },
                  limits: { file_bytes: limit },
                },
                code: source("write note"),
              },
            ],
          });
          const write = async (size: number): Promise<Outcome<Value>> =>
            test.invoke(
              "writer",
              object([
                ["path", "a.md"],
                ["content", "x".repeat(size)],
              ]),
            );
          assertSuccess(await write(limit));
          assertFailure(await write(limit + 1), "limit/file-size");
          const { bytes } = assertSuccess(await test.files.read("a.md", 1_000_000));
          assertThat(bytes.length === limit, `The note has ${bytes.length} bytes of ${limit}`);
          await test.dispose();
        }),
        8,
      );
      assertThat(defaultLimits.file_bytes === 10 * megabyte, `The default limit is ${defaultLimits.file_bytes} bytes`);
    },
  }),

  law("MS-08.4", {
    checks:
      "a plugin runs as often at once as its burst allows, then as often as its rate lets new invocations come, never more; " +
      "other plugins are not slowed; 100 in a minute hold where nothing else is said",
    proves: "all",
    programs: ["echo"],
    run: async ({ subject, source, holds }) => {
      const steps = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 30_000 })), {
        minLength: 1,
        maxLength: 25,
      });
      await holds(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 100 }),
          fc.integer({ min: 1, max: 6 }),
          steps,
          async (rate, burst, waits) => {
            const plugin = (name: string, limits: object): PluginText => ({
              manifest: { name, description: name, parameters: { type: "object" }, limits },
              code: source("echo"),
            });
            const test = await openHost(subject, {
              isRateLimited: true,
              plugins: [plugin("busy", { rate_per_minute: rate, burst }), plugin("other", {})],
            });
            // The reference: a bucket that is full at first and gets `rate` tokens in a minute.
            let tokens = burst;
            for (const wait of waits) {
              test.passTime(wait);
              tokens = Math.min(burst, tokens + (wait * rate) / 60_000);
              const outcome = await test.invoke("busy", object([]));
              // Where the tokens are one but for rounding, either answer is right.
              if (Math.abs(tokens - 1) < 1e-6) tokens = outcome.ok ? 0 : tokens;
              else if (tokens > 1) {
                assertSuccess(outcome);
                tokens -= 1;
              } else assertFailure(outcome, "limit/rate");
            }
            assertSuccess(await test.invoke("other", object([])));
            await test.dispose();
          },
        ),
        6,
      );
      const { rate_per_minute: rate, burst } = defaultLimits;
      assertThat(rate === 100 && burst > 1, `The defaults are ${rate} in a minute and ${burst} at once`);
    },
  }),

  law("MS-08.5", {
    checks:
      "limits of the manifest bound the invocation and stand in the journal; above the system's maximum the plugin is refused; " +
      "above the defaults a plugin runs once somebody agreed, which is recorded with both values and asked no second time, and " +
      "a kiln's plugin once it is trusted",
    proves: "all",
    programs: ["echo"],
    run: async ({ subject, source, holds }) => {
      const names = ["memory_bytes", "timeout_ms", "file_bytes", "output_bytes", "host_calls"] as const;
      const allowed = fc.constantFrom(...names).chain((name) => {
        const { minimum, maximum } = limitTable[name];
        return fc.record({
          name: fc.constant(name),
          value: fc.integer({ min: Math.max(minimum, 4_096), max: maximum }),
        });
      });
      await holds(
        fc.asyncProperty(allowed, fc.integer({ min: 1, max: 1_000 }), async ({ name, value }, more) => {
          const { maximum } = limitTable[name];
          const usual = defaultLimits[name];
          const plugin = (id: string, limits: object, scope: PluginText["scope"] = "system"): PluginText => ({
            manifest: { name: id, description: id, parameters: { type: "object" }, limits },
            code: source("echo"),
            scope,
          });
          const plugins = [
            plugin("custom", { [name]: value }),
            plugin("beyond", { [name]: maximum + more }),
            plugin("stranger", { [name]: maximum }, "shared"),
          ];
          const test = await openHost(subject, { plugins, answer: "always" });
          assertSuccess(await test.invoke("custom", object([])));
          assertSuccess(await test.invoke("custom", object([])));
          const started = test.records.find(({ kind }) => kind === "execution.start");
          assertThat(
            started?.kind === "execution.start" && started.limits[name] === value,
            `The journal has another ${name} than ${value}`,
          );
          const changes = test.events.filter((event) => event.kind === "limit").map(({ change }) => change);
          const expected = JSON.stringify(value > usual ? [{ name, from: usual, to: value }] : []);
          assertThat(JSON.stringify(changes) === expected, `${JSON.stringify(changes)} instead of ${expected}`);
          assertThat(test.questions.length === changes.length, `${test.questions.length} questions were asked`);
          const [broken, ...others] = test.host.registry.broken;
          assertThat(
            broken?.error.code === "manifest/limit-above-maximum" && others.length === 0,
            `${name} of ${maximum + more} was accepted`,
          );
          assertFailure(await test.invoke("stranger", object([])), "plugin/untrusted");
          await test.dispose();

          const alone = await openHost(subject, { plugins });
          const outcome = await alone.invoke("custom", object([]));
          if (value > usual) assertFailure(outcome, "capability/denied");
          else assertSuccess(outcome);
          await alone.dispose();
        }),
        10,
      );
    },
  }),
];
