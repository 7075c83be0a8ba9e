// The programs that laws run: what each one does, and its text in every language that the project knows.
// A law names programs by what they do, so that it says nothing about a language.
import type { Language } from "@crucible/sandbox";

export interface Program {
  /** What the program does, so exactly that somebody can write it in a new language. */
  readonly does: string;
  readonly texts: Readonly<Partial<Record<Language, string>>>;
}

/** Names of the programs. Every one has an action `main` that takes its parameters as one value. */
export type ProgramName =
  | "echo"
  | "count"
  | "raise"
  | "loop"
  | "allocate"
  | "find globals"
  | "describe context"
  | "read note"
  | "write note"
  | "write note with front matter"
  | "list notes"
  | "search"
  | "traverse"
  | "store"
  | "load"
  | "document itself"
  | "reach for a file"
  | "ask the network"
  | "check workflow"
  | "execute workflow"
  | "use utilities"
  | "run a state machine"
  | "call plugin"
  | "import callee"
  | "syntax error"
  | "raise when asked"
  | "ask the graph";

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
  raise: {
    does: "raises, in its second line, an error whose message is the string in its parameter `message`",
    texts: {
      lua: "function main(params)\n  error(params.message)\nend\n",
      rune: 'pub fn main(params) {\n    panic!("{}", params.message);\n}\n',
    },
  },
  loop: {
    does: "never returns and allocates nothing",
    texts: {
      lua: "function main(params)\n  while true do end\nend\n",
      rune: "pub fn main(params) {\n    loop {}\n}\n",
    },
  },
  allocate: {
    does: "keeps objects of at least 64 KB together until they have at least as many bytes as its parameter `bytes`, and returns `bytes`",
    texts: {
      lua: `function main(params)
  local kept, size = {}, 0
  while size < params.bytes do
    kept[#kept + 1] = string.rep("x", 65536) .. #kept
    size = size + 65536
  end
  return params.bytes
end
`,
      rune: `pub fn main(params) {
    let kept = [];
    let size = 0;
    while size < params.bytes {
        let chunk = [];
        for number in 0..8192 {
            chunk.push(number);
        }
        kept.push(chunk);
        size += 65536;
    }
    params.bytes
}
`,
    },
  },
  "find globals": {
    does: "returns those of the names in its parameter `names` that are global or can be loaded as modules, joined by commas",
    texts: {
      lua: `function main(params)
  local found = {}
  for _, name in ipairs(params.names) do
    if _ENV[name] ~= nil or (require ~= nil and pcall(require, name)) then
      found[#found + 1] = name
    end
  end
  return table.concat(found, ",")
end
`,
    },
  },
  "describe context": {
    does: "returns what `context` of the module `crucible` returns",
    texts: {
      lua: "function main(params)\n  return crucible.context()\nend\n",
      rune: "pub fn main(params) {\n    crucible::context()\n}\n",
    },
  },
  "read note": {
    does: "returns what `read_note` of the module `crucible` returns for its parameter `path`",
    texts: {
      lua: "function main(params)\n  return crucible.read_note(params.path)\nend\n",
      rune: "pub fn main(params) {\n    crucible::read_note(params.path)?\n}\n",
    },
  },
  "write note": {
    does: "writes its parameter `content` to the note `path` with `write_note` of the module `crucible`, and returns the answer",
    texts: {
      lua: "function main(params)\n  return crucible.write_note(params.path, params.content)\nend\n",
      rune: "pub fn main(params) {\n    crucible::write_note(params.path, params.content)?\n}\n",
    },
  },
  "write note with front matter": {
    does: "writes its parameter `content` with the properties `frontmatter` to the note `path` with `write_note` of the module `crucible`, and returns the answer",
    texts: {
      lua: "function main(params)\n  return crucible.write_note(params.path, params.content, params.frontmatter)\nend\n",
      rune: "pub fn main(params) {\n    crucible::write_note(params.path, params.content, params.frontmatter)?\n}\n",
    },
  },
  search: {
    does: "returns what `search` of the module `crucible` returns for its parameters `query` and `options`",
    texts: {
      lua: "function main(params)\n  return crucible.search(params.query, params.options)\nend\n",
      rune: "pub fn main(params) {\n    crucible::search(params.query, params.options)?\n}\n",
    },
  },
  traverse: {
    does: "returns what `graph.traverse` of the module `crucible` returns for its parameters `start`, `strategy` and `options`",
    texts: {
      lua: "function main(params)\n  return crucible.graph.traverse(params.start, params.strategy, params.options)\nend\n",
      rune: "pub fn main(params) {\n    crucible::graph::traverse(params.start, params.strategy, params.options)?\n}\n",
    },
  },
  "list notes": {
    does: "returns what `list_notes` of the module `crucible` returns for its parameters `folder` and `options`",
    texts: {
      lua: "function main(params)\n  return crucible.list_notes(params.folder, params.options)\nend\n",
      rune: "pub fn main(params) {\n    crucible::list_notes(params.folder, params.options)?\n}\n",
    },
  },
  store: {
    does: "stores its parameter `value` under `key` with `state.set` of the module `crucible`, and returns the answer",
    texts: {
      lua: "function main(params)\n  return crucible.state.set(params.key, params.value)\nend\n",
      rune: "pub fn main(params) {\n    crucible::state::set(params.key, params.value)?\n}\n",
    },
  },
  load: {
    does: "returns what `state.get` of the module `crucible` returns for its parameter `key`",
    texts: {
      lua: "function main(params)\n  return crucible.state.get(params.key)\nend\n",
      rune: "pub fn main(params) {\n    crucible::state::get(params.key)?\n}\n",
    },
  },
  "document itself": {
    does: 'has an action that returns null, with the doc comments "Says nothing." of the file and "Answers null." of the action',
    texts: {
      lua: "--- Says nothing.\n\n--- Answers null.\nfunction main(params)\n  return nil\nend\n",
      rune: "//! Says nothing.\n\n/// Answers null.\npub fn main(params) {\n    ()\n}\n",
    },
  },
  "ask the network": {
    does: "returns what `http.get` of the module `crucible` returns for its parameter `url`",
    texts: {
      lua: "function main(params)\n  return crucible.http.get(params.url)\nend\n",
      rune: "pub fn main(params) {\n    crucible::http::get(params.url)?\n}\n",
    },
  },
  "reach for a file": {
    does: "tries to return the text of the file at its parameter `path` with whatever the language's own library has for that",
    texts: {
      lua: 'function main(params)\n  return io.open(params.path):read("a")\nend\n',
      rune: "pub fn main(params) {\n    std::fs::read_to_string(params.path)\n}\n",
    },
  },
  "check workflow": {
    does: "returns an object with `findings`, what `check` of the module `workflow` finds in its parameter `definition`, or with `order` where it finds nothing",
    texts: {
      lua: `local workflow = require("workflow")

function main(params)
  local findings = workflow.check(params.definition)
  if #findings > 0 then
    return { findings = findings }
  end
  return { order = workflow.define(params.definition):order() }
end
`,
      rune: `pub fn main(params) {
    let findings = workflow::check(params.definition)?;
    if !findings.is_empty() {
        return Ok(#{ findings });
    }
    Ok(#{ order: workflow::define(params.definition)?.order() })
}
`,
    },
  },
  "execute workflow": {
    does: "executes with the module `workflow` its parameter `definition`, whose tasks with `run: true` it gives a function that fails with the message `attempt N` in the first `fails[task]` attempts and then returns an object with the task's name as `task` and its outputs as `saw`; with its parameter `options`; and returns an object with the `report` and the names of the functions' tasks as they `ran`",
    texts: {
      lua: `local workflow = require("workflow")

function main(params)
  local ran = {}
  for _, task in pairs(params.definition.tasks) do
    if task.run then
      task.run = function(step)
        if step.attempt <= ((params.fails or {})[step.task] or 0) then
          error({ message = "attempt " .. step.attempt })
        end
        ran[#ran + 1] = step.task
        return { task = step.task, saw = step.outputs }
      end
    end
  end
  return { report = workflow.execute(params.definition, params.options), ran = ran }
end
`,
      rune: `pub fn main(params) {
    let ran = [];
    for task in params.definition.tasks.values() {
        if let Some(true) = task.get("run") {
            task.insert("run", |step| {
                if let Some(count) = params.fails.get(step.task) {
                    if step.attempt <= count {
                        return Err(\`attempt \${step.attempt}\`);
                    }
                }
                ran.push(step.task);
                Ok(#{ task: step.task, saw: step.outputs })
            });
        }
    }
    let report = workflow::execute(params.definition, params.options)?;
    Ok(#{ report, ran })
}
`,
    },
  },
  "run a state machine": {
    does:
      "defines the machine in its parameter `definition`, whose callbacks `enter` and `leave` note their names in a list, opens its " +
      "stored instance `name`, sends it the `events`, and returns `state`, the list as `log`, `dot`, and the codes of the `findings`",
    texts: {
      lua: `local statemachine = require("statemachine")

function main(params)
  local log, findings = {}, {}
  local source = params.definition
  source.actions = {
    enter = function() log[#log + 1] = "enter" end,
    leave = function() log[#log + 1] = "leave" end,
  }
  local definition = statemachine.define(source)
  for index, finding in ipairs(definition.findings()) do findings[index] = finding.code end
  local machine = definition.open(params.name)
  for _, event in ipairs(params.events) do machine.transition(event) end
  return {
    state = machine.state(), dot = machine.dot(),
    log = crucible.array(log), findings = crucible.array(findings),
  }
end
`,
      rune: `pub fn main(params) {
    let log = [];
    let source = params.definition;
    source.insert("actions", #{
        enter: |context, event| { log.push("enter"); },
        leave: |context, event| { log.push("leave"); },
    });
    let definition = statemachine::define(source)?;
    let findings = [];
    for finding in definition.findings() {
        findings.push(finding.code);
    }
    let machine = definition.open(params.name)?;
    for event in params.events {
        machine.transition(event)?;
    }
    Ok(#{ state: machine.state(), dot: machine.dot()?, log, findings })
}
`,
    },
  },
  "call plugin": {
    does: "returns what `invoke_plugin` of the module `crucible` returns for its parameters `plugin` and `params`",
    texts: {
      lua: "function main(params)\n  return crucible.invoke_plugin(params.plugin, params.params)\nend\n",
      rune: "pub fn main(params) {\n    crucible::invoke_plugin(params.plugin, params.params)?\n}\n",
    },
  },
  "import callee": {
    does: "imports the plugin `callee` and returns what its action `main` returns for its own parameters",
    texts: {
      lua: 'local callee = require("callee")\n\nfunction main(params)\n  return callee.main(params)\nend\n',
      rune: "use callee;\n\npub fn main(params) {\n    callee::main(params)?\n}\n",
    },
  },
  "syntax error": {
    does: "does not parse, because of its first line",
    texts: { lua: "function main(\n  return 1\nend\n", rune: "pub fn main( {\n    1\n}\n" },
  },
  "raise when asked": {
    does: "returns its parameters, or raises an error where its parameter `fail` is true",
    texts: {
      lua: 'function main(params)\n  if params.fail then error("asked to") end\n  return params\nend\n',
      rune: 'pub fn main(params) {\n    if params.fail {\n        panic!("asked to");\n    }\n    params\n}\n',
    },
  },
  "ask the graph": {
    does:
      "returns what functions of the module `graph` say of the kiln: `bfs` and `dfs` from its parameter `start` with `walk` as options, " +
      "`pagerank` with `rank`, `communities` with `group` as options, and as `path` the `shortest_path` from `start` to `target`, " +
      "or false where there is none",
    texts: {
      lua: `local graph = require("graph")

function main(params)
  return {
    bfs = graph.bfs(params.start, params.walk),
    dfs = graph.dfs(params.start, params.walk),
    pagerank = graph.pagerank(params.rank),
    communities = graph.communities(params.group),
    path = graph.shortest_path(params.start, params.target) or false,
  }
end
`,
      rune: `pub fn main(params) {
    let path = graph::shortest_path(params.start, params.target)?;
    Ok(#{
        bfs: graph::bfs(params.start, params.walk)?,
        dfs: graph::dfs(params.start, params.walk)?,
        pagerank: graph::pagerank(params.rank)?,
        communities: graph::communities(params.group)?,
        path: if path is Vec { path } else { false },
    })
}
`,
    },
  },
  "use utilities": {
    does: "returns an object with what functions of the module `utils` return: as `json`, `json.parse` for the parameter `json`, as `yaml`, `yaml.parse` for `yaml`, as `found`, `regex.find_all` for `pattern` and `text`, as `date`, `date.format` for `time`, no format and `zone`, as `time`, `date.parse` for that text, as `slug`, `text.slug` for `text`, as `lines`, `text.lines` for `text`",
    texts: {
      lua: `local utils = require("utils")

function main(params)
  local date = utils.date.format(params.time, nil, params.zone)
  return {
    json = utils.json.parse(params.json),
    yaml = utils.yaml.parse(params.yaml),
    found = utils.regex.find_all(params.pattern, params.text),
    date = date,
    time = utils.date.parse(date),
    slug = utils.text.slug(params.text),
    lines = utils.text.lines(params.text),
  }
end
`,
      rune: `pub fn main(params) {
    let date = utils::date::format(params.time, (), params.zone)?;
    Ok(#{
        json: utils::json::parse(params.json)?,
        yaml: utils::yaml::parse(params.yaml)?,
        found: utils::regex::find_all(params.pattern, params.text)?,
        date,
        time: utils::date::parse(date)?,
        slug: utils::text::slug(params.text)?,
        lines: utils::text::lines(params.text)?,
    })
}
`,
    },
  },
};
