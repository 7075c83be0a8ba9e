// One call, or more, of every function, with what it answers: for the tests that make them from each language.
import { Float, object, type Value } from "@crucible/sandbox";

const time = Date.UTC(2026, 10, 20, 7, 30);
const found = object([
  ["text", "b2"],
  ["start", 1],
  ["end", 3],
  ["groups", ["2"]],
  ["named", object([["n", "2"]])],
]);

/** Bytes that are no text in any language. */
export const bytesCase: Uint8Array = new Uint8Array([0, 255, 128]);

export const cases: readonly (readonly [name: string, args: readonly Value[], result: Value])[] = [
  [
    "json.parse",
    ['{"a":1,"b":1.0,"c":9223372036854775807}'],
    object([
      ["a", 1],
      ["b", new Float(1)],
      ["c", 9223372036854775807n],
    ]),
  ],
  [
    "json.format",
    [
      object([
        ["a", 1],
        ["b", new Float(1)],
      ]),
    ],
    '{"a":1,"b":1.0}',
  ],
  ["json.format", [[1], 2], "[\n  1\n]"],
  [
    "yaml.parse",
    ["a: 1\nb: 1.0\nc: [x, yes]\n"],
    object([
      ["a", 1],
      ["b", new Float(1)],
      ["c", ["x", "yes"]],
    ]),
  ],
  [
    "yaml.format",
    [
      object([
        ["a", 1],
        ["b", new Float(1)],
        ["c", ["x"]],
      ]),
    ],
    "a: 1\nb: 1.0\nc:\n  - x\n",
  ],
  [
    "toml.parse",
    ["a = 1\n[b]\nc = 1.0\n"],
    object([
      ["a", 1],
      ["b", object([["c", new Float(1)]])],
    ]),
  ],
  [
    "toml.format",
    [
      object([
        ["a", 1],
        ["b", new Float(1)],
      ]),
    ],
    "a = 1\nb = 1.0\n",
  ],
  [
    "csv.parse",
    ["a,b\n1,2\n"],
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  [
    "csv.parse",
    [
      "a;b\n1;2\n",
      object([
        ["header", true],
        ["delimiter", ";"],
      ]),
    ],
    [
      object([
        ["a", "1"],
        ["b", "2"],
      ]),
    ],
  ],
  [
    "csv.format",
    [
      [
        object([
          ["a", 1],
          ["b", "x,y"],
        ]),
      ],
    ],
    'a,b\n1,"x,y"\n',
  ],
  [
    "markdown.parse",
    ["# A"],
    object([
      ["title", "A"],
      ["frontmatter", object([])],
      ["content", "# A"],
      [
        "headings",
        [
          object([
            ["level", 1],
            ["text", "A"],
            ["line", 1],
          ]),
        ],
      ],
      ["links", []],
      ["tags", []],
      ["blocks", []],
      ["problems", []],
    ]),
  ],
  ["markdown.set_frontmatter", ["---\na: 1 # one\n---\ntext", object([["b", 2]])], "---\na: 1 # one\nb: 2\n---\ntext"],
  [
    "template.render",
    [
      "{{#items}}{{name}} {{/items}}{{n}}",
      object([
        ["items", [object([["name", "a"]]), object([["name", "b"]])]],
        ["n", new Float(1)],
      ]),
    ],
    "a b 1.0",
  ],
  ["regex.test", ["^A", "abc", "i"], true],
  ["regex.find", ["b(?P<n>\\d)", "ab2"], found],
  ["regex.find", ["x", "y"], null],
  ["regex.find_all", ["b(?P<n>\\d)", "ab2"], [found]],
  ["regex.replace", ["(\\w)(\\d)", "a1 b2", "$2$1"], "1a 2b"],
  ["regex.split", [",\\s*", "a, b"], ["a", "b"]],
  ["regex.escape", ["a.b"], "a\\.b"],
  ["text.length", ["e\u0301x"], 2],
  ["text.trim", [" a "], "a"],
  ["text.lines", ["a\r\nb"], ["a", "b"]],
  ["text.words", ["one, two"], ["one", "two"]],
  ["text.split", ["a|b", "|"], ["a", "b"]],
  ["text.replace", ["aXb", "X", "-"], "a-b"],
  ["text.change_case", ["a b", "pascal"], "AB"],
  ["text.slug", ["Ä b!"], "a-b"],
  ["text.truncate", ["abcdef", 3], "ab…"],
  ["text.pad", ["7", 3, "0", "start"], "007"],
  ["text.wrap", ["aa bb", 2], "aa\nbb"],
  ["text.dedent", ["  a\n  b"], "a\nb"],
  ["text.indent", ["a", "  "], "  a"],
  ["text.normalize", ["e\u0301"], "\u00e9"],
  ["date.parse", ["2026-11-20T08:30", null, "Europe/Berlin"], time],
  ["date.parse", ["20.11.2026", "dd.MM.yyyy"], Date.UTC(2026, 10, 20)],
  ["date.format", [time, "yyyy-MM-dd HH:mm", "Asia/Tokyo"], "2026-11-20 16:30"],
  ["date.format", [time], "2026-11-20T07:30:00.000Z"],
  [
    "date.parts",
    [time, "America/New_York"],
    object([
      ["year", 2026],
      ["month", 11],
      ["day", 20],
      ["hour", 2],
      ["minute", 30],
      ["second", 0],
      ["millisecond", 0],
      ["weekday", 5],
      ["week", 47],
      ["week_year", 2026],
      ["day_of_year", 324],
      ["offset", -300],
      ["zone", "America/New_York"],
    ]),
  ],
  [
    "date.from_parts",
    [
      object([
        ["year", 2026],
        ["month", 11],
        ["day", 20],
      ]),
    ],
    Date.UTC(2026, 10, 20),
  ],
  ["date.add", [time, object([["days", 1]])], time + 86_400_000],
  ["date.difference", [0, 129_600_000, "days"], 1.5],
  ["date.start_of", [time, "day"], Date.UTC(2026, 10, 20)],
  ["base64.encode", ["abc"], "YWJj"],
  ["base64.decode", ["AP-A"], bytesCase],
  ["hex.decode", ["00ff80"], bytesCase],
  ["hex.encode", ["abc"], "616263"],
  ["hash.digest", ["abc"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
];
