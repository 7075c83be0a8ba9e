// Diagnostics as data and as text.

import { createDiagnosticSink, createSourceMap, renderDiagnostic, renderDiagnostics } from "@crucible/rune-compiler";
import * as fc from "fast-check";
import { expect, test } from "vitest";

test("the position of an offset is where splitting the text into lines puts it", () => {
  const text = fc
    .array(fc.constantFrom("a", "\n", "\r\n", "é", "😀", "\t"), { maxLength: 40 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, fc.nat(), (content, seed) => {
      const offset = seed % (content.length + 1);
      const before = content.slice(0, offset).split("\n");
      const sources = createSourceMap([{ path: "a.rn", text: content, start: 0 }]);
      expect(sources.position(0, offset)).toEqual({ line: before.length, column: (before.at(-1) ?? "").length + 1 });
    }),
  );
});

test("renderDiagnostic shows place, line, caret, further places and help", () => {
  const text = "fn f() {}\n\tlet é = f(1);\n";
  const sources = createSourceMap([{ path: "a.rn", text, start: 0 }]);
  const diagnostics = createDiagnosticSink();
  const span = { source: 0, start: text.indexOf("f(1)"), end: text.indexOf("f(1)") + 4 };
  diagnostics.error("compile/example", span, "Something is wrong", {
    labels: [{ span: { source: 0, start: 0, end: 9 }, message: "declared here" }],
    help: "Do something else",
  });
  expect(renderDiagnostics(diagnostics.sorted(), sources)).toBe(
    [
      "error[compile/example]: Something is wrong",
      " --> a.rn:2:10",
      "  |",
      "2 | \tlet é = f(1);",
      "  | \t        ^^^^",
      " --> a.rn:1:1",
      "  |",
      "1 | fn f() {}",
      "  | --------- declared here",
      "  help: Do something else",
    ].join("\n"),
  );
});

test("a long line is cut around the caret", () => {
  const text = `${"x".repeat(5000)}!${"y".repeat(5000)}`;
  const sources = createSourceMap([{ path: "a.rn", text, start: 0 }]);
  const diagnostics = createDiagnosticSink();
  diagnostics.warning("compile/example", { source: 0, start: 5000, end: 5001 }, "Here");
  const [diagnostic] = diagnostics.sorted();
  const rendered = diagnostic === undefined ? "" : renderDiagnostic(diagnostic, sources);
  expect(rendered.length).toBeLessThan(600);
  const [, , , line, marker] = rendered.split("\n");
  expect(line?.[marker?.indexOf("^") ?? 0]).toBe("!");
});

test("reports are sorted by place, and the same report twice is one", () => {
  const place = fc.record({ source: fc.nat({ max: 2 }), start: fc.nat({ max: 9 }) });
  fc.assert(
    fc.property(fc.array(place, { maxLength: 30 }), (places) => {
      const diagnostics = createDiagnosticSink();
      for (const { source, start } of places) diagnostics.error("compile/example", { source, start, end: 10 }, "x");
      const keys = diagnostics.sorted().map(({ span }) => span.source * 100 + span.start);
      expect(keys).toEqual([...new Set(keys)].toSorted((a, b) => a - b));
      expect(keys).toHaveLength(diagnostics.errorCount);
    }),
  );
});
