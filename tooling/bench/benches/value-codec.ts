// The encoding that every value crosses the boundary in, beside the two that JavaScript brings along.
import { deserialize, serialize } from "node:v8";
import { decodeValue, encodeValue, unwrap, type Value } from "@crucible/sandbox";
import type { Bench, Row } from "../bench-definition.ts";

/** Records like those of an imported bibliography, until their JSON has about `bytes` bytes. */
function bibliography(bytes: number): Value {
  const records: Value[] = [];
  for (let size = 0, index = 0; size < bytes; index += 1) {
    const record = {
      key: `author${index}`,
      title: `On the ${index}th property of values that cross a boundary`,
      authors: ["Ada Lovelace", "Grace Hopper", `Author ${index}`],
      year: 1950 + (index % 70),
      score: index / 7,
      open: index % 2 === 0,
      pages: null,
    };
    records.push(record);
    size += JSON.stringify(record).length;
  }
  return records;
}

function rowsFor(label: string, value: Value): readonly Row[] {
  const encoded = unwrap(encodeValue(value));
  const json = JSON.stringify(value);
  const cloned = serialize(value);
  return [
    {
      name: `encode ${label}`,
      unit: "µs",
      contenders: {
        crucible: { run: () => encodeValue(value) },
        json: { run: () => new TextEncoder().encode(JSON.stringify(value)) },
        "structured clone": { run: () => serialize(value) },
      },
    },
    {
      name: `decode ${label}`,
      unit: "µs",
      contenders: {
        crucible: { run: () => decodeValue(encoded) },
        json: { run: () => JSON.parse(json) as unknown },
        "structured clone": { run: () => deserialize(cloned) as unknown },
      },
    },
  ];
}

export const bench: Bench = {
  name: "value-codec",
  about: "encodes and decodes structured values, beside JSON and V8's structured clone",
  open: async () => ({
    rows: [
      ...rowsFor("1 KB", bibliography(1_000)),
      ...rowsFor("10 KB", bibliography(10_000)),
      ...rowsFor("1 MB", bibliography(1_000_000)),
    ],
    notes: ["JSON loses 64-bit integers, NaN and bytes; neither it nor the structured clone tells 1 from 1.0."],
  }),
};
