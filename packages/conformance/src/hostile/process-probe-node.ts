// What this process holds, asked of Node.
import type { ProcessProbe } from "./process-probe.ts";

export function createProcessProbe(): ProcessProbe {
  return {
    handles: () => process.getActiveResourcesInfo().length,
    residentBytes: () => process.memoryUsage().rss,
  };
}
