// `pnpm conformance [TARGET…]`: holds every backend against every law, prints the matrix and writes conformance.json.
// A package takes part when it has test/conformance-target.ts, which exports `target`, and test/expected-failures.txt.
// FC_SEED (integer) and FC_RUNS (positive integer) go to every property.
import { writeFileSync } from "node:fs";
import {
  formatMatrix,
  runConformance,
  toMatrix,
  type ConformanceReport,
  type ConformanceTarget,
} from "@crucible/conformance";
import { exists, listPackages, readText, root } from "./workspace.ts";

const names = process.argv.slice(2);
const seed = process.env["FC_SEED"];
const runs = process.env["FC_RUNS"];
const reports: ConformanceReport[] = [];

for (const { folder } of listPackages()) {
  const file = `${folder}/test/conformance-target.ts`;
  if (!exists(file)) continue;
  const { target } = (await import(new URL(file, root).href)) as { target: ConformanceTarget };
  if (names.length > 0 && !names.includes(target.name)) continue;
  console.error(`${target.name} …`);
  const list = `${folder}/test/expected-failures.txt`;
  reports.push(
    await runConformance(target, {
      expectedFailures: exists(list) ? readText(list) : "",
      ...(seed === undefined ? {} : { seed: Number(seed) }),
      ...(runs === undefined ? {} : { runs: Number(runs) }),
    }),
  );
}

if (reports.length === 0) {
  console.error(names.length === 0 ? "There is no target" : `There is no target ${names.join(", ")}`);
  process.exitCode = 2;
} else {
  console.log(formatMatrix(reports));
  writeFileSync(new URL("conformance.json", root), `${JSON.stringify(toMatrix(reports), null, 2)}\n`);
  for (const { target, problems } of reports) {
    for (const problem of problems) console.error(`${target}: ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  }
}
