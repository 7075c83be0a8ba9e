import { hostilePrograms } from "../../conformance/src/hostile/hostile-programs.ts";
import { openHostileRange } from "../../conformance/src/hostile/run-hostile.ts";
import { createLoopWatch } from "../../conformance/src/hostile/loop-watch-node.ts";
const language = process.argv[2]!; const filter = process.argv[3];
const { target } = await import(`../../sandbox-${language}/test/conformance-target.ts`);
const subject = await target.open();
const range = await openHostileRange(subject, createLoopWatch());
let bad = 0, n = 0;
for (const program of hostilePrograms) {
  if (program.language !== language) continue;
  if (filter && !program.name.includes(filter) && program.topic !== filter) continue;
  n++;
  try {
    const r = await range.run(program);
    if (r.problems.length) { bad++; console.log(`- ${program.name}: ${r.problems.join("; ")} [${r.message?.slice(0, 160)}] ${r.elapsedMs.toFixed(0)}ms blocked ${r.blockedMs.toFixed(0)}`); }
  } catch (e: any) { bad++; console.log(`! ${program.name}: ${String(e?.message).slice(0, 400)}`); }
}
console.log(language, n, "programs", bad, "bad");
await range.dispose(); await subject.dispose();
setTimeout(() => console.log("still alive:", process.getActiveResourcesInfo()), 2000).unref();
