// Sets the seed and the number of runs of every property: FC_SEED (integer), FC_RUNS (positive integer).
import { configureGlobal } from "fast-check";

const seed = process.env["FC_SEED"];
const runs = process.env["FC_RUNS"];
configureGlobal({
  ...(seed === undefined ? {} : { seed: Number(seed) }),
  ...(runs === undefined ? {} : { numRuns: Number(runs) }),
});
