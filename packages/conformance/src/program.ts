// The programs that laws run: what each one does, and its text in every language that the project knows.
// A law names programs by what they do, so that it says nothing about a language.
import type { Language } from "@crucible/sandbox";

export interface Program {
  /** What the program does, so exactly that somebody can write it in a new language. */
  readonly does: string;
  readonly texts: Readonly<Partial<Record<Language, string>>>;
}

/** Names of the programs. Every one has an action `main` that takes its parameters as one value. */
export type ProgramName = "echo" | "count" | "describe context" | "raise" | "loop";

export const programs: Readonly<Record<ProgramName, Program>> = {
  echo: {
    does: "returns its parameters",
    texts: {
      lua: "function main(params)\n  return params\nend\n",
      rune: "pub fn main(params) {\n    params\n}\n",
    },
  },
  count: {
    does: "adds 1 to a counter that lives outside of the function and starts at 0, and returns the counter",
    texts: {
      lua: "local counter = 0\n\nfunction main(params)\n  counter = counter + 1\n  return counter\nend\n",
      rune: "static COUNTER = 0;\n\npub fn main(params) {\n    COUNTER += 1;\n    COUNTER\n}\n",
    },
  },
  "describe context": {
    does: "returns what `context` of the module `crucible` returns",
    texts: {
      lua: "function main(params)\n  return crucible.context()\nend\n",
      rune: "pub fn main(params) {\n    crucible::context()\n}\n",
    },
  },
  raise: {
    does: "raises an error whose message is the string in its parameter `message`, in line 2",
    texts: {
      lua: "function main(params)\n  error(params.message)\nend\n",
      rune: 'pub fn main(params) {\n    panic!("{}", params.message);\n}\n',
    },
  },
  loop: {
    does: "never returns, in line 2, and allocates nothing",
    texts: {
      lua: "function main(params)\n  while true do end\nend\n",
      rune: "pub fn main(params) {\n    loop {}\n}\n",
    },
  },
};
