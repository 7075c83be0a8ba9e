// Laws of the requirement "Capability-Based Security".
import { defaultApprovalTimeoutMs, type ApprovalChoice } from "@crucible/capabilities";
import { capabilityNames, object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertSuccess, assertThat } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost, type PluginText } from "../open-host.ts";

export const capabilityBasedSecurityLaws: readonly Law[] = [
  law("MS-04.1", {
    checks:
      "with KilnRead alone a guest reads without anybody being asked, changes nothing although somebody would allow it, and each " +
      "of its calls is one record of the journal",
    proves: "all",
    programs: ["read note", "write note"],
    run: async ({ subject, source, holds }) => {
      const text = fc.stringMatching(/^[a-zA-Z0-9 äöü.]{0,60}$/);
      await holds(
        fc.asyncProperty(text, text, async (present, intended) => {
          const test = await openHost(subject, {
            answer: "always",
            notes: { "a.md": present },
            plugins: (["read note", "write note"] as const).map((name) => ({
              manifest: {
                name: `${name.replace(" ", "-")}-law`,
                description: name,
                capabilities: ["KilnRead"],
                parameters: { type: "object" },
              },
              code: source(name),
            })),
          });
          assertSuccess(await test.invoke("read-note-law", object([["path", "a.md"]])));
          assertThat(test.questions.length === 0, "Somebody was asked about reading");

          const write = object([
            ["path", "a.md"],
            ["content", intended],
          ]);
          assertFailure(await test.invoke("write-note-law", write), "capability/escalation");
          const after = assertSuccess(await test.files.read("a.md", 1_000_000));
          assertThat(new TextDecoder().decode(after.bytes) === present, "The note was changed");

          const calls = test.records.flatMap((each) =>
            each.kind === "host.call" ? [`${each.plugin} ${each.function} ${each.status}`] : [],
          );
          const expected = ["read-note-law crucible.read_note ok", "write-note-law crucible.write_note error"];
          assertThat(calls.join() === expected.join(), `The journal has the calls ${calls.join()}`);
          await test.dispose();
        }),
        10,
      );
    },
  }),

  law("MS-04.2", {
    checks:
      "the first write asks; once covers that call alone, session the session, always every later call; a denial leaves the " +
      "note as it was and is a permission error",
    proves: "all",
    programs: ["write note"],
    run: async ({ subject, source, holds }) => {
      const writer = {
        manifest: {
          name: "writer",
          description: "Writes",
          capabilities: ["KilnWrite"],
          parameters: { type: "object" },
        },
        code: source("write note"),
      };
      // Calls of one session, then one of another; how many questions each answer leads to.
      const answers = fc.constantFrom<readonly [ApprovalChoice, (calls: number) => number]>(
        ["once", (calls) => calls + 1],
        ["session", () => 2],
        ["always", () => 1],
        ["deny", (calls) => calls + 1],
      );
      await holds(
        fc.asyncProperty(answers, fc.integer({ min: 1, max: 4 }), async ([answer, questionsOf], calls) => {
          const test = await openHost(subject, { answer, plugins: [writer], notes: { "a.md": "before" } });
          for (let call = 0; call <= calls; call += 1) {
            const written = await test.invoke(
              "writer",
              object([
                ["path", "a.md"],
                ["content", `text ${call}`],
              ]),
              { session: call < calls ? "first" : "second" },
            );
            if (answer === "deny") assertFailure(written, "capability/denied");
            else assertSuccess(written);
          }
          const [asked, expected] = [test.questions.length, questionsOf(calls)];
          assertThat(asked === expected, `${calls + 1} calls answered with ${answer} asked ${asked} times`);
          const after = new TextDecoder().decode(assertSuccess(await test.files.read("a.md", 1_000_000)).bytes);
          const wanted = answer === "deny" ? "before" : `text ${calls}`;
          assertThat(after === wanted, `The note has the text "${after}" after ${answer}`);
          await test.dispose();
        }),
        12,
      );
    },
  }),

  law("MS-04.3", {
    checks:
      "a network call of a guest that did not declare the network is refused without a question and without a connection, " +
      "recorded with its reason, and the user is told",
    proves: "all",
    programs: ["ask the network"],
    run: async ({ subject, source, holds }) => {
      const caller = (name: string, capabilities: readonly unknown[]): PluginText => ({
        manifest: { name, description: name, capabilities, parameters: { type: "object" } },
        code: source("ask the network"),
      });
      const others = fc.subarray(["KilnRead", "KilnWrite", "StateManage", "PluginInvoke", "FsRead"]);
      const host = fc.stringMatching(/^[a-z]{1,10}$/);
      await holds(
        fc.asyncProperty(others, host, async (declared, name) => {
          const test = await openHost(subject, {
            answer: "always",
            plugins: [caller("sneaky", declared), caller("open", ["NetworkHttps"])],
          });
          const params = object([["url", `https://${name}.example/`]]);
          assertFailure(await test.invoke("sneaky", params), "capability/escalation");
          assertThat([...test.questions, ...test.requests].length === 0, "Somebody was asked, or a host");
          const security = test.events.filter((event) => event.kind === "security");
          assertThat(
            security.length === 1 && security[0]?.request.capability === "NetworkHttps",
            `The gate recorded ${security.length} violations`,
          );
          assertThat(test.notices.length === 1, `The user was told ${test.notices.length} times`);
          // What makes the difference is the declaration.
          assertSuccess(await test.invoke("open", params));
          assertThat(
            test.requests.join() === `https://${name}.example/`,
            "The plugin that declared the network did not reach it",
          );
          await test.dispose();
        }),
        8,
      );
    },
  }),

  law("MS-04.4", {
    checks: "every capability of the list can be declared, in any combination, and no other name can",
    proves: "all",
    programs: ["echo"],
    run: async ({ subject, source, holds }) => {
      const listed = "KilnRead KilnWrite NetworkHttp NetworkHttps FsRead FsWrite PluginInvoke StateManage Unsafe".split(
        " ",
      );
      const missing = listed.filter((name) => !capabilityNames.some((known) => known === name));
      assertThat(missing.length === 0, `There is no capability ${missing.join()}`);
      const unknown = fc.stringMatching(/^[A-Z][a-z]{2,8}[A-Z][a-z]{2,8}$/);
      await holds(
        fc.asyncProperty(
          fc.subarray(listed),
          unknown.filter((name) => !capabilityNames.some((known) => known === name)),
          async (declared, other) => {
            const plugin = (name: string, capabilities: readonly string[]): PluginText => ({
              manifest: { name, description: name, capabilities, parameters: { type: "object" } },
              code: source("echo"),
            });
            const test = await openHost(subject, {
              plugins: [plugin("fine", declared), plugin("wrong", [...declared, other])],
            });
            assertSuccess(await test.invoke("fine", object([])));
            const claims = assertSuccess(test.host.registry.find("fine")).claims.map(({ name }) => name);
            assertThat(claims.toSorted().join() === declared.toSorted().join(), `It claims ${claims.join()}`);
            const [broken] = test.host.registry.broken;
            assertThat(broken?.error.message.includes(other) === true, `"${other}" was accepted as a capability`);
            await test.dispose();
          },
        ),
        10,
      );
    },
  }),

  law("MS-04.5", {
    checks:
      "a question names the plugin, its description, the operation, impact and risk, offers once, always and deny, and denies " +
      "after 30 seconds without an answer",
    proves: "all",
    programs: ["write note", "ask the network"],
    run: async ({ subject, source, holds }) => {
      assertThat(defaultApprovalTimeoutMs === 30_000, `The default is ${defaultApprovalTimeoutMs} ms`);
      const description = fc.stringMatching(/^[A-Z][a-z]{1,20}$/);
      const path = fc.stringMatching(/^[a-z]{1,10}\.md$/);
      await holds(
        fc.asyncProperty(description, path, fc.boolean(), async (words, note, writes) => {
          const test = await openHost(subject, {
            answer: "silence",
            plugins: [
              {
                manifest: {
                  name: "asker",
                  description: words,
                  capabilities: ["KilnWrite", "NetworkHttps"],
                  parameters: { type: "object" },
                },
                code: source(writes ? "write note" : "ask the network"),
              },
            ],
          });
          const params = writes
            ? object([
                ["path", note],
                ["content", "text"],
              ])
            : object([["url", "https://example.org/"]]);
          assertFailure(await test.invoke("asker", params), "capability/denied");
          const [question] = test.questions;
          assertThat(question !== undefined, "Nobody was asked");
          assertThat(question.plugin.plugin === "asker" && question.description === words, "It names no plugin");
          const operation = writes ? "crucible.write_note" : "crucible.http.get";
          assertThat(question.operation === operation, `The operation is ${question.operation}`);
          assertThat(question.argumentSummary.includes(writes ? note : "example.org"), question.argumentSummary);
          assertThat(question.impact.length > 10 && question.risk.length > 2, "It says nothing of impact and risk");
          const choices = question.options.map(({ choice }) => choice);
          for (const choice of ["once", "always", "deny"] as const)
            assertThat(choices.includes(choice), `It does not offer ${choice}`);
          assertThat(test.patience.join() === "30000", `It waited ${test.patience.join()} ms`);
          assertThat(test.requests.length === 0, "A host was asked without an answer");
          await test.dispose();
        }),
        8,
      );
    },
  }),
];
