// What the programs of the corpus find in the module `crucible`, and what its functions do. Nothing here has an effect.
import {
  fail,
  isObject,
  succeed,
  type HostAnswer,
  type HostCallHandler,
  type HostCallRequest,
  type HostModuleDeclaration,
  type Outcome,
  type Value,
} from "@crucible/sandbox";

const summaries = {
  echo: "Answers with its argument.",
  refuse: "Always fails with host/note-not-found.",
  never: "Never answers.",
  huge: "Answers with a text of 9 MB.",
  vast: "Answers with a text of 32 MB.",
  guard: 'Takes an object with a path: "open" is answered, everything else is denied.',
} as const;

/** The only module that programs of the corpus can import. */
export const hostileModule: HostModuleDeclaration = {
  name: "crucible",
  summary: "For hostile programs.",
  functions: Object.entries(summaries).map(([name, summary]) => ({
    name,
    summary,
    parameters: [],
    returns: true,
    capability: null,
    effect: "none",
    cost: 1,
  })),
};

/** Answers the calls of one program. */
export function createHostileHost(): HostCallHandler {
  const answer = (outcome: Outcome<Value>): Promise<HostAnswer> => Promise.resolve({ outcome, time: 1 });
  const waiting: ((ended: HostAnswer) => void)[] = [];
  return {
    call: ({ function: name, args, signal }: HostCallRequest) => {
      const [first = null] = args;
      switch (name) {
        case "echo":
          return answer(succeed(first));
        case "huge":
          return answer(succeed("x".repeat(9 * 1024 * 1024)));
        case "vast":
          return answer(succeed("x".repeat(32 * 1024 * 1024)));
        case "refuse":
          return answer(fail("host/note-not-found", "There is no such note"));
        case "guard":
          return answer(guard(first));
        case "never":
          return new Promise((resolve) => {
            if (waiting.length === 0) {
              signal.addEventListener("abort", () => {
                for (const end of waiting.splice(0)) end({ outcome: fail("invocation/cancelled", "Ended"), time: 1 });
              });
            }
            waiting.push(resolve);
          });
        default:
          return answer(fail("host/unknown-function", `There is no function ${name}`));
      }
    },
  };
}

function guard(note: Value): Outcome<Value> {
  const path = isObject(note) ? note["path"] : undefined;
  if (typeof path !== "string") return fail("host/invalid-argument", "Cannot look at the path: it must be a string");
  return path === "open" ? succeed(path) : fail("capability/denied", `Cannot open "${path}"`);
}
