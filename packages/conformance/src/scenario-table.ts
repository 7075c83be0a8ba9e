// Every scenario of the specification: written by `pnpm sync:docs` from docs/spec/scenarios.json, not by hand.
/** Number of a scenario: document, requirement, place in the requirement. */
export type ScenarioId =
  | "MS-01.1"
  | "MS-01.2"
  | "MS-01.3"
  | "MS-01.4"
  | "MS-02.1"
  | "MS-02.2"
  | "MS-02.3"
  | "MS-02.4"
  | "MS-03.1"
  | "MS-03.2"
  | "MS-03.3"
  | "MS-03.4"
  | "MS-04.1"
  | "MS-04.2"
  | "MS-04.3"
  | "MS-04.4"
  | "MS-04.5"
  | "MS-05.1"
  | "MS-05.2"
  | "MS-05.3"
  | "MS-05.4"
  | "MS-05.5"
  | "MS-05.6"
  | "MS-06.1"
  | "MS-06.2"
  | "MS-06.3"
  | "MS-06.4"
  | "MS-07.1"
  | "MS-07.2"
  | "MS-07.3"
  | "MS-07.4"
  | "MS-07.5"
  | "MS-07.6"
  | "MS-08.1"
  | "MS-08.2"
  | "MS-08.3"
  | "MS-08.4"
  | "MS-08.5"
  | "MS-09.1"
  | "MS-09.2"
  | "MS-09.3"
  | "MS-09.4"
  | "MS-10.1"
  | "MS-10.2"
  | "MS-10.3"
  | "MS-10.4"
  | "MS-10.5"
  | "MS-10.6"
  | "MS-10.7"
  | "MS-11.1"
  | "MS-11.2"
  | "MS-11.3"
  | "MS-11.4"
  | "MS-12.1"
  | "MS-12.2"
  | "MS-12.3"
  | "MS-12.4"
  | "MS-12.5"
  | "MS-13.1"
  | "MS-13.2"
  | "MS-13.3"
  | "MS-13.4"
  | "MS-14.1"
  | "MS-14.2"
  | "MS-14.3"
  | "MS-15.1"
  | "MS-15.2"
  | "MS-15.3"
  | "MS-15.4"
  | "MS-16.1"
  | "MS-16.2"
  | "MS-16.3"
  | "MS-16.4"
  | "MS-16.5"
  | "MS-17.1"
  | "MS-17.2"
  | "MS-18.1"
  | "MS-18.2"
  | "RI-01.1"
  | "RI-02.1"
  | "RI-03.1"
  | "RI-04.1"
  | "RI-05.1"
  | "TC-01.1"
  | "TC-01.2"
  | "TC-02.1"
  | "TC-02.2"
  | "TC-03.1"
  | "TC-03.2"
  | "TC-04.1"
  | "TC-04.2"
  | "PR-01.1"
  | "PR-01.2"
  | "PR-02.1"
  | "PR-02.2"
  | "PR-02.3"
  | "PR-03.1"
  | "PR-03.2"
  | "PR-03.3"
  | "PR-04.1"
  | "PR-04.2"
  | "PR-05.1"
  | "PR-05.2"
  | "PR-05.3"
  | "PR-06.1"
  | "PR-06.2"
  | "PR-07.1"
  | "PR-07.2";

/** One case of the specification, with its words. */
export interface Scenario {
  readonly id: ScenarioId;
  /** Document in docs/spec. */
  readonly spec: string;
  /** Title of the requirement, verbatim. */
  readonly requirement: string;
  /** Title of the scenario, verbatim. */
  readonly scenario: string;
  /** The conditions and what follows from them, verbatim and in order. */
  readonly clauses: readonly string[];
}

export const scenarios: readonly Scenario[] = [
  {
    "id": "MS-01.1",
    "spec": "meta-systems.md",
    "requirement": "Multi-Language Plugin Runtime",
    "scenario": "Execute Rune plugin",
    "clauses": [
      "WHEN user or agent invokes a Rune plugin",
      "THEN system SHALL compile Rune code to bytecode",
      "AND SHALL execute in isolated Rune VM",
      "AND SHALL enforce memory limits (default 100MB, configurable)",
      "AND SHALL enforce CPU timeout (default 30s, configurable)",
      "AND SHALL return structured result or error"
    ]
  },
  {
    "id": "MS-01.2",
    "spec": "meta-systems.md",
    "requirement": "Multi-Language Plugin Runtime",
    "scenario": "Execute Lua plugin",
    "clauses": [
      "WHEN user or agent invokes a Lua plugin",
      "THEN system SHALL load Lua code into VM",
      "AND SHALL execute with restricted standard library (no io, os, debug)",
      "AND SHALL enforce memory limits",
      "AND SHALL enforce execution timeout",
      "AND SHALL return structured result or error"
    ]
  },
  {
    "id": "MS-01.3",
    "spec": "meta-systems.md",
    "requirement": "Multi-Language Plugin Runtime",
    "scenario": "Plugin execution failure",
    "clauses": [
      "WHEN plugin exceeds resource limits or encounters error",
      "THEN system SHALL terminate plugin gracefully",
      "AND SHALL return detailed error with line number and context",
      "AND SHALL not crash parent process",
      "AND SHALL log failure for debugging"
    ]
  },
  {
    "id": "MS-01.4",
    "spec": "meta-systems.md",
    "requirement": "Multi-Language Plugin Runtime",
    "scenario": "Plugin compilation caching",
    "clauses": [
      "WHEN plugin is loaded for first time",
      "THEN system SHALL compile to bytecode and cache",
      "AND subsequent invocations SHALL use cached bytecode",
      "AND cache SHALL be invalidated when source changes",
      "AND cache SHALL respect size limits"
    ]
  },
  {
    "id": "MS-02.1",
    "spec": "meta-systems.md",
    "requirement": "Plugin Discovery and Loading",
    "scenario": "Discover plugins at startup",
    "clauses": [
      "WHEN CLI initializes",
      "THEN system SHALL scan `~/.config/crucible/plugins/` for system plugins",
      "AND SHALL scan `.crucible/plugins/` for kiln-specific plugins",
      "AND SHALL parse plugin frontmatter for metadata",
      "AND SHALL validate plugin syntax and security",
      "AND SHALL register valid plugins in tool registry"
    ]
  },
  {
    "id": "MS-02.2",
    "spec": "meta-systems.md",
    "requirement": "Plugin Discovery and Loading",
    "scenario": "Plugin override by scope",
    "clauses": [
      "WHEN kiln plugin has same name as system plugin",
      "THEN kiln plugin SHALL take precedence",
      "AND system SHALL log override for transparency",
      "AND `cru plugins list` SHALL show kiln plugin source"
    ]
  },
  {
    "id": "MS-02.3",
    "spec": "meta-systems.md",
    "requirement": "Plugin Discovery and Loading",
    "scenario": "Plugin hot-reload",
    "clauses": [
      "WHEN plugin file is modified during session",
      "THEN system SHALL detect change via file watcher",
      "AND SHALL invalidate cached bytecode",
      "AND SHALL reload plugin on next invocation",
      "AND active executions SHALL continue with old version"
    ]
  },
  {
    "id": "MS-02.4",
    "spec": "meta-systems.md",
    "requirement": "Plugin Discovery and Loading",
    "scenario": "Plugin validation failure",
    "clauses": [
      "WHEN plugin has syntax errors or security violations",
      "THEN system SHALL log validation failure with details",
      "AND SHALL NOT register plugin as available tool",
      "AND `cru plugins validate` SHALL report specific issues",
      "AND system SHALL continue loading other plugins"
    ]
  },
  {
    "id": "MS-03.1",
    "spec": "meta-systems.md",
    "requirement": "Plugin Metadata Format",
    "scenario": "Parse plugin frontmatter",
    "clauses": [
      "WHEN system loads plugin file",
      "THEN system SHALL parse YAML frontmatter block",
      "AND SHALL extract name, description, version, author",
      "AND SHALL extract capabilities array (KilnRead, KilnWrite, etc.)",
      "AND SHALL extract parameters schema for tool registration",
      "AND SHALL extract documentation strings"
    ]
  },
  {
    "id": "MS-03.2",
    "spec": "meta-systems.md",
    "requirement": "Plugin Metadata Format",
    "scenario": "Plugin with minimal metadata",
    "clauses": [
      "WHEN plugin frontmatter includes only name and description",
      "THEN system SHALL use default values for other fields",
      "AND default capabilities SHALL be [KilnRead] only",
      "AND default version SHALL be \"0.1.0\"",
      "AND plugin SHALL be registered successfully"
    ]
  },
  {
    "id": "MS-03.3",
    "spec": "meta-systems.md",
    "requirement": "Plugin Metadata Format",
    "scenario": "Plugin with dependencies",
    "clauses": [
      "WHEN plugin frontmatter specifies dependencies",
      "THEN system SHALL verify dependencies are available",
      "AND SHALL load dependencies before loading plugin",
      "AND SHALL fail validation if dependencies missing",
      "AND SHALL report dependency errors clearly"
    ]
  },
  {
    "id": "MS-03.4",
    "spec": "meta-systems.md",
    "requirement": "Plugin Metadata Format",
    "scenario": "Example Rune plugin frontmatter",
    "clauses": [
      "The example frontmatter in this scenario SHALL parse, validate and register as a tool with exactly the fields it states"
    ]
  },
  {
    "id": "MS-04.1",
    "spec": "meta-systems.md",
    "requirement": "Capability-Based Security",
    "scenario": "Plugin requests KilnRead capability",
    "clauses": [
      "WHEN plugin with [KilnRead] capability calls `crucible.read_note()`",
      "THEN system SHALL allow operation without user prompt",
      "AND SHALL enforce read-only access",
      "AND SHALL log access in audit log"
    ]
  },
  {
    "id": "MS-04.2",
    "spec": "meta-systems.md",
    "requirement": "Capability-Based Security",
    "scenario": "Plugin requests KilnWrite capability",
    "clauses": [
      "WHEN plugin with [KilnWrite] capability calls `crucible.write_note()`",
      "THEN system SHALL prompt user for approval on first use",
      "AND user MAY approve once, always, or deny",
      "AND approval SHALL be remembered for session or persisted",
      "AND denied operation SHALL return permission error"
    ]
  },
  {
    "id": "MS-04.3",
    "spec": "meta-systems.md",
    "requirement": "Capability-Based Security",
    "scenario": "Plugin capability escalation",
    "clauses": [
      "WHEN plugin without Network capability calls network API",
      "THEN system SHALL reject call immediately",
      "AND SHALL return permission denied error",
      "AND SHALL log attempted escalation",
      "AND SHALL notify user of security violation"
    ]
  },
  {
    "id": "MS-04.4",
    "spec": "meta-systems.md",
    "requirement": "Capability-Based Security",
    "scenario": "Available capabilities",
    "clauses": [
      "WHEN plugin defines capabilities in frontmatter",
      "THEN system SHALL support capability types:",
      "`KilnRead` - Read notes and metadata",
      "`KilnWrite` - Create, update, delete notes",
      "`NetworkHttp` - Make HTTP requests",
      "`NetworkHttps` - Make HTTPS requests",
      "`FsRead` - Read files outside kiln",
      "`FsWrite` - Write files outside kiln",
      "`PluginInvoke` - Call other plugins",
      "`StateManage` - Access persistent state",
      "`Unsafe` - Unrestricted access (requires explicit user approval)"
    ]
  },
  {
    "id": "MS-04.5",
    "spec": "meta-systems.md",
    "requirement": "Capability-Based Security",
    "scenario": "User approval prompt",
    "clauses": [
      "WHEN plugin requires approval for operation",
      "THEN system SHALL display clear prompt with:",
      "Plugin name and description",
      "Operation being requested",
      "Potential impact and risks",
      "Options: Approve Once, Always, Deny",
      "AND SHALL timeout after 30s (default, configurable)",
      "AND timeout SHALL deny operation by default"
    ]
  },
  {
    "id": "MS-05.1",
    "spec": "meta-systems.md",
    "requirement": "Plugin API for Kiln Operations",
    "scenario": "Read note from plugin",
    "clauses": [
      "WHEN plugin calls `crucible.read_note(path)`",
      "THEN system SHALL read note at specified path",
      "AND SHALL return content and frontmatter as structured data",
      "AND SHALL return error if note not found or permission denied",
      "AND SHALL respect capability requirements"
    ]
  },
  {
    "id": "MS-05.2",
    "spec": "meta-systems.md",
    "requirement": "Plugin API for Kiln Operations",
    "scenario": "Write note from plugin",
    "clauses": [
      "WHEN plugin calls `crucible.write_note(path, content, frontmatter)`",
      "THEN system SHALL check KilnWrite capability",
      "AND SHALL prompt user for approval if required",
      "AND upon approval SHALL create or update note",
      "AND SHALL return success with metadata (word count, etc.)"
    ]
  },
  {
    "id": "MS-05.3",
    "spec": "meta-systems.md",
    "requirement": "Plugin API for Kiln Operations",
    "scenario": "Semantic search from plugin",
    "clauses": [
      "WHEN plugin calls `crucible.search(query, options)`",
      "THEN system SHALL perform semantic search using embeddings",
      "AND SHALL return ranked results with relevance scores",
      "AND MAY filter by frontmatter properties",
      "AND SHALL respect result limits (default 20, max 100)"
    ]
  },
  {
    "id": "MS-05.4",
    "spec": "meta-systems.md",
    "requirement": "Plugin API for Kiln Operations",
    "scenario": "Graph traversal from plugin",
    "clauses": [
      "WHEN plugin calls `crucible.graph.traverse(start, strategy, options)`",
      "THEN system SHALL traverse graph using specified strategy",
      "AND strategy MAY be \"bfs\", \"dfs\", \"semantic\", \"backlinks\"",
      "AND SHALL return discovered nodes with metadata",
      "AND SHALL respect depth limits (default 3, max 10)"
    ]
  },
  {
    "id": "MS-05.5",
    "spec": "meta-systems.md",
    "requirement": "Plugin API for Kiln Operations",
    "scenario": "Persistent state management",
    "clauses": [
      "WHEN plugin calls `crucible.state.get(key)` or `crucible.state.set(key, value)`",
      "THEN system SHALL scope state to plugin namespace",
      "AND state SHALL persist across executions",
      "AND state SHALL be serialized as JSON",
      "AND state SHALL be stored in `.crucible/plugin-state/{plugin-name}.json`"
    ]
  },
  {
    "id": "MS-05.6",
    "spec": "meta-systems.md",
    "requirement": "Plugin API for Kiln Operations",
    "scenario": "List available notes",
    "clauses": [
      "WHEN plugin calls `crucible.list_notes(folder, options)`",
      "THEN system SHALL return notes in specified folder",
      "AND MAY include metadata (word count, modification time)",
      "AND MAY filter by frontmatter properties",
      "AND MAY traverse recursively if requested"
    ]
  },
  {
    "id": "MS-06.1",
    "spec": "meta-systems.md",
    "requirement": "Standard Library for Common Patterns",
    "scenario": "Use state machine library",
    "clauses": [
      "WHEN plugin imports state machine library",
      "THEN plugin SHALL be able to define states and transitions",
      "AND library SHALL validate state transitions",
      "AND SHALL provide entry/exit callbacks",
      "AND SHALL persist state automatically",
      "AND SHALL support state visualization"
    ]
  },
  {
    "id": "MS-06.2",
    "spec": "meta-systems.md",
    "requirement": "Standard Library for Common Patterns",
    "scenario": "Use graph algorithms library",
    "clauses": [
      "WHEN plugin imports graph library",
      "THEN plugin SHALL access BFS, DFS, PageRank algorithms",
      "AND SHALL be able to run community detection",
      "AND SHALL compute shortest paths",
      "AND algorithms SHALL work with kiln graph"
    ]
  },
  {
    "id": "MS-06.3",
    "spec": "meta-systems.md",
    "requirement": "Standard Library for Common Patterns",
    "scenario": "Use workflow orchestration library",
    "clauses": [
      "WHEN plugin imports workflow library",
      "THEN plugin SHALL define tasks as DAG",
      "AND library SHALL execute tasks in topological order",
      "AND SHALL support parallel task execution",
      "AND SHALL handle errors with retry logic",
      "AND SHALL report progress during execution"
    ]
  },
  {
    "id": "MS-06.4",
    "spec": "meta-systems.md",
    "requirement": "Standard Library for Common Patterns",
    "scenario": "Use utilities library",
    "clauses": [
      "WHEN plugin imports utils library",
      "THEN plugin SHALL access JSON/YAML parsing",
      "AND SHALL have regex support",
      "AND SHALL have date/time utilities",
      "AND SHALL have string manipulation helpers"
    ]
  },
  {
    "id": "MS-07.1",
    "spec": "meta-systems.md",
    "requirement": "Agent-Generated Plugins",
    "scenario": "Agent discovers plugins",
    "clauses": [
      "WHEN agent calls `list_plugins` tool",
      "THEN system SHALL return all registered plugins",
      "AND response SHALL include name, description, parameters",
      "AND response SHALL include capabilities required",
      "AND response SHALL include usage examples"
    ]
  },
  {
    "id": "MS-07.2",
    "spec": "meta-systems.md",
    "requirement": "Agent-Generated Plugins",
    "scenario": "Agent reads plugin documentation",
    "clauses": [
      "WHEN agent calls `describe_plugin(name)` tool",
      "THEN system SHALL return full plugin metadata",
      "AND SHALL include parameter schemas",
      "AND SHALL include return type schema",
      "AND SHALL include example usage code",
      "AND SHALL include source code for inspection"
    ]
  },
  {
    "id": "MS-07.3",
    "spec": "meta-systems.md",
    "requirement": "Agent-Generated Plugins",
    "scenario": "Agent generates plugin code",
    "clauses": [
      "WHEN agent invokes `generate_plugin` tool with specification",
      "THEN agent SHALL generate Rune or Lua code",
      "AND code SHALL include proper frontmatter",
      "AND code SHALL implement requested functionality",
      "AND system SHALL validate syntax before installation"
    ]
  },
  {
    "id": "MS-07.4",
    "spec": "meta-systems.md",
    "requirement": "Agent-Generated Plugins",
    "scenario": "Agent tests generated plugin",
    "clauses": [
      "WHEN agent generates plugin code",
      "THEN system SHALL execute plugin in test sandbox",
      "AND SHALL run with provided test inputs",
      "AND SHALL validate outputs match expectations",
      "AND SHALL report any errors or failures",
      "AND SHALL allow iteration before installation"
    ]
  },
  {
    "id": "MS-07.5",
    "spec": "meta-systems.md",
    "requirement": "Agent-Generated Plugins",
    "scenario": "Agent installs plugin",
    "clauses": [
      "WHEN agent confirms plugin is working correctly",
      "THEN system SHALL save plugin to `.crucible/plugins/`",
      "AND SHALL register plugin in tool registry",
      "AND plugin SHALL be immediately available for use",
      "AND system SHALL confirm installation to agent"
    ]
  },
  {
    "id": "MS-07.6",
    "spec": "meta-systems.md",
    "requirement": "Agent-Generated Plugins",
    "scenario": "Agent composes plugins",
    "clauses": [
      "WHEN agent generates plugin that uses other plugins",
      "THEN plugin SHALL declare dependencies in frontmatter",
      "AND SHALL import dependencies via standard mechanism",
      "AND system SHALL validate dependencies exist",
      "AND plugin SHALL have access to dependency APIs"
    ]
  },
  {
    "id": "MS-08.1",
    "spec": "meta-systems.md",
    "requirement": "Resource Limits and Sandboxing",
    "scenario": "Memory limit enforcement",
    "clauses": [
      "WHEN plugin allocates memory during execution",
      "THEN system SHALL track total memory usage",
      "AND SHALL terminate plugin if exceeds limit (default 100MB)",
      "AND SHALL return out-of-memory error",
      "AND SHALL clean up allocated resources"
    ]
  },
  {
    "id": "MS-08.2",
    "spec": "meta-systems.md",
    "requirement": "Resource Limits and Sandboxing",
    "scenario": "CPU timeout enforcement",
    "clauses": [
      "WHEN plugin executes for extended time",
      "THEN system SHALL track execution duration",
      "AND SHALL terminate plugin if exceeds timeout (default 30s)",
      "AND SHALL return timeout error",
      "AND SHALL not block other operations"
    ]
  },
  {
    "id": "MS-08.3",
    "spec": "meta-systems.md",
    "requirement": "Resource Limits and Sandboxing",
    "scenario": "File size limit enforcement",
    "clauses": [
      "WHEN plugin attempts to create or write file",
      "THEN system SHALL check file size",
      "AND SHALL reject operation if exceeds limit (default 10MB)",
      "AND SHALL return file-too-large error"
    ]
  },
  {
    "id": "MS-08.4",
    "spec": "meta-systems.md",
    "requirement": "Resource Limits and Sandboxing",
    "scenario": "Rate limiting",
    "clauses": [
      "WHEN plugin is invoked frequently",
      "THEN system SHALL track invocation rate",
      "AND SHALL throttle if exceeds limit (default 100/min)",
      "AND SHALL return rate-limit error",
      "AND SHALL allow burst allowance"
    ]
  },
  {
    "id": "MS-08.5",
    "spec": "meta-systems.md",
    "requirement": "Resource Limits and Sandboxing",
    "scenario": "Configurable limits per plugin",
    "clauses": [
      "WHEN plugin frontmatter specifies custom limits",
      "THEN system SHALL use plugin-specific limits",
      "AND SHALL not allow limits exceeding system maximums",
      "AND SHALL require user approval for high limits",
      "AND SHALL log limit changes"
    ]
  },
  {
    "id": "MS-09.1",
    "spec": "meta-systems.md",
    "requirement": "Plugin Tool Registration",
    "scenario": "Plugin registered as tool",
    "clauses": [
      "WHEN valid plugin is discovered",
      "THEN system SHALL register plugin as tool in registry",
      "AND tool name SHALL be plugin name",
      "AND tool description SHALL be from plugin frontmatter",
      "AND tool parameters SHALL be from plugin schema",
      "AND tool SHALL be invocable via standard tool API"
    ]
  },
  {
    "id": "MS-09.2",
    "spec": "meta-systems.md",
    "requirement": "Plugin Tool Registration",
    "scenario": "Agent invokes plugin tool",
    "clauses": [
      "WHEN agent calls plugin via tool system",
      "THEN system SHALL validate parameters against schema",
      "AND SHALL check capabilities before execution",
      "AND SHALL prompt user if approval required",
      "AND SHALL execute plugin and return result",
      "AND SHALL handle errors gracefully"
    ]
  },
  {
    "id": "MS-09.3",
    "spec": "meta-systems.md",
    "requirement": "Plugin Tool Registration",
    "scenario": "Plugin tool in MCP discovery",
    "clauses": [
      "WHEN MCP client queries available tools",
      "THEN plugin tools SHALL appear alongside built-in tools",
      "AND SHALL have proper JSON schemas",
      "AND SHALL be indistinguishable from built-in tools to agents"
    ]
  },
  {
    "id": "MS-09.4",
    "spec": "meta-systems.md",
    "requirement": "Plugin Tool Registration",
    "scenario": "Plugin tool versioning",
    "clauses": [
      "WHEN multiple versions of plugin exist",
      "THEN system SHALL use highest version by default",
      "AND MAY allow explicit version selection",
      "AND SHALL maintain backward compatibility where possible"
    ]
  },
  {
    "id": "MS-10.1",
    "spec": "meta-systems.md",
    "requirement": "CLI Plugin Management",
    "scenario": "List available plugins",
    "clauses": [
      "WHEN user runs `cru plugins list`",
      "THEN system SHALL display table with plugin information",
      "AND SHALL show name, description, version, source",
      "AND SHALL indicate system vs kiln plugins",
      "AND SHALL show capabilities required",
      "AND SHALL support `--json` output format"
    ]
  },
  {
    "id": "MS-10.2",
    "spec": "meta-systems.md",
    "requirement": "CLI Plugin Management",
    "scenario": "Show plugin details",
    "clauses": [
      "WHEN user runs `cru plugins show {name}`",
      "THEN system SHALL display full plugin metadata",
      "AND SHALL show parameter schemas",
      "AND SHALL show usage examples",
      "AND SHALL show source file path",
      "AND SHALL show dependencies if any"
    ]
  },
  {
    "id": "MS-10.3",
    "spec": "meta-systems.md",
    "requirement": "CLI Plugin Management",
    "scenario": "Test plugin in sandbox",
    "clauses": [
      "WHEN user runs `cru plugins test {file}`",
      "THEN system SHALL load plugin in test environment",
      "AND SHALL execute with test inputs if provided",
      "AND SHALL report success or failure with details",
      "AND SHALL not install plugin (dry-run only)"
    ]
  },
  {
    "id": "MS-10.4",
    "spec": "meta-systems.md",
    "requirement": "CLI Plugin Management",
    "scenario": "Install plugin",
    "clauses": [
      "WHEN user runs `cru plugins install {file} --scope {system|kiln}`",
      "THEN system SHALL validate plugin",
      "AND SHALL copy to appropriate directory",
      "AND SHALL register in tool system",
      "AND SHALL confirm installation",
      "AND SHALL show installation path"
    ]
  },
  {
    "id": "MS-10.5",
    "spec": "meta-systems.md",
    "requirement": "CLI Plugin Management",
    "scenario": "Validate all plugins",
    "clauses": [
      "WHEN user runs `cru plugins validate`",
      "THEN system SHALL check all discovered plugins",
      "AND SHALL report syntax errors",
      "AND SHALL report security violations",
      "AND SHALL report missing dependencies",
      "AND SHALL exit 0 if all valid, non-zero if any invalid"
    ]
  },
  {
    "id": "MS-10.6",
    "spec": "meta-systems.md",
    "requirement": "CLI Plugin Management",
    "scenario": "Remove plugin",
    "clauses": [
      "WHEN user runs `cru plugins remove {name}`",
      "THEN system SHALL unregister plugin from tool system",
      "AND SHALL delete plugin file",
      "AND SHALL clean up cached bytecode",
      "AND SHALL confirm removal"
    ]
  },
  {
    "id": "MS-10.7",
    "spec": "meta-systems.md",
    "requirement": "CLI Plugin Management",
    "scenario": "Create new plugin from template",
    "clauses": [
      "WHEN user runs `cru plugins new {name} --lang {rune|lua}`",
      "THEN system SHALL generate plugin template",
      "AND SHALL include proper frontmatter",
      "AND SHALL include example implementation",
      "AND SHALL include example tests",
      "AND SHALL save to current directory"
    ]
  },
  {
    "id": "MS-11.1",
    "spec": "meta-systems.md",
    "requirement": "Standard Library - State Machines",
    "scenario": "Define state machine",
    "clauses": [
      "WHEN plugin defines state machine with states and transitions",
      "THEN library SHALL validate state definitions",
      "AND SHALL validate transition definitions",
      "AND SHALL ensure initial state is valid",
      "AND SHALL detect unreachable states"
    ]
  },
  {
    "id": "MS-11.2",
    "spec": "meta-systems.md",
    "requirement": "Standard Library - State Machines",
    "scenario": "Execute state transition",
    "clauses": [
      "WHEN plugin calls `sm.transition(event)`",
      "THEN library SHALL validate transition is allowed from current state",
      "AND SHALL execute exit callback for current state",
      "AND SHALL change to new state",
      "AND SHALL execute entry callback for new state",
      "AND SHALL persist new state"
    ]
  },
  {
    "id": "MS-11.3",
    "spec": "meta-systems.md",
    "requirement": "Standard Library - State Machines",
    "scenario": "State persistence",
    "clauses": [
      "WHEN state machine state changes",
      "THEN library SHALL persist state automatically",
      "AND SHALL restore state on plugin reload",
      "AND SHALL scope state to plugin instance",
      "AND SHALL support multiple state machine instances"
    ]
  },
  {
    "id": "MS-11.4",
    "spec": "meta-systems.md",
    "requirement": "Standard Library - State Machines",
    "scenario": "State visualization",
    "clauses": [
      "WHEN plugin requests state machine visualization",
      "THEN library SHALL generate Graphviz dot format",
      "AND SHALL show states as nodes",
      "AND SHALL show transitions as edges",
      "AND SHALL highlight current state"
    ]
  },
  {
    "id": "MS-12.1",
    "spec": "meta-systems.md",
    "requirement": "Standard Library - Graph Algorithms",
    "scenario": "BFS traversal",
    "clauses": [
      "WHEN plugin calls `graph.bfs(start, options)`",
      "THEN library SHALL perform breadth-first search from start node",
      "AND SHALL return nodes in BFS order",
      "AND SHALL respect depth limit",
      "AND SHALL support filtering by frontmatter properties"
    ]
  },
  {
    "id": "MS-12.2",
    "spec": "meta-systems.md",
    "requirement": "Standard Library - Graph Algorithms",
    "scenario": "DFS traversal",
    "clauses": [
      "WHEN plugin calls `graph.dfs(start, options)`",
      "THEN library SHALL perform depth-first search from start node",
      "AND SHALL return nodes in DFS order",
      "AND SHALL detect and handle cycles"
    ]
  },
  {
    "id": "MS-12.3",
    "spec": "meta-systems.md",
    "requirement": "Standard Library - Graph Algorithms",
    "scenario": "PageRank calculation",
    "clauses": [
      "WHEN plugin calls `graph.pagerank(options)`",
      "THEN library SHALL compute PageRank for kiln graph",
      "AND SHALL return nodes sorted by importance",
      "AND SHALL support damping factor configuration",
      "AND SHALL iterate until convergence"
    ]
  },
  {
    "id": "MS-12.4",
    "spec": "meta-systems.md",
    "requirement": "Standard Library - Graph Algorithms",
    "scenario": "Community detection",
    "clauses": [
      "WHEN plugin calls `graph.communities()`",
      "THEN library SHALL detect note clusters",
      "AND SHALL use modularity-based algorithm",
      "AND SHALL return communities with member nodes",
      "AND SHALL support minimum community size"
    ]
  },
  {
    "id": "MS-12.5",
    "spec": "meta-systems.md",
    "requirement": "Standard Library - Graph Algorithms",
    "scenario": "Shortest path",
    "clauses": [
      "WHEN plugin calls `graph.shortest_path(start, end)`",
      "THEN library SHALL find shortest path via wikilinks",
      "AND SHALL return path as ordered list of notes",
      "AND SHALL return null if no path exists"
    ]
  },
  {
    "id": "MS-13.1",
    "spec": "meta-systems.md",
    "requirement": "Standard Library - Workflow Orchestration",
    "scenario": "Define workflow DAG",
    "clauses": [
      "WHEN plugin defines workflow with tasks and dependencies",
      "THEN library SHALL validate DAG structure (no cycles)",
      "AND SHALL validate all dependencies exist",
      "AND SHALL compute topological ordering"
    ]
  },
  {
    "id": "MS-13.2",
    "spec": "meta-systems.md",
    "requirement": "Standard Library - Workflow Orchestration",
    "scenario": "Execute workflow sequentially",
    "clauses": [
      "WHEN plugin calls `workflow.execute()` in sequential mode",
      "THEN library SHALL execute tasks in topological order",
      "AND SHALL wait for each task to complete",
      "AND SHALL pass outputs to dependent tasks",
      "AND SHALL report progress during execution"
    ]
  },
  {
    "id": "MS-13.3",
    "spec": "meta-systems.md",
    "requirement": "Standard Library - Workflow Orchestration",
    "scenario": "Execute workflow in parallel",
    "clauses": [
      "WHEN plugin calls `workflow.execute(parallel=true)`",
      "THEN library SHALL execute independent tasks concurrently",
      "AND SHALL respect task dependencies",
      "AND SHALL limit concurrency to system maximum",
      "AND SHALL aggregate results"
    ]
  },
  {
    "id": "MS-13.4",
    "spec": "meta-systems.md",
    "requirement": "Standard Library - Workflow Orchestration",
    "scenario": "Workflow error handling",
    "clauses": [
      "WHEN task in workflow fails",
      "THEN library SHALL implement retry logic if configured",
      "AND SHALL skip dependent tasks if retry exhausted",
      "AND SHALL mark workflow as partially failed",
      "AND SHALL return detailed error report"
    ]
  },
  {
    "id": "MS-14.1",
    "spec": "meta-systems.md",
    "requirement": "Inter-Plugin Communication",
    "scenario": "Plugin calls another plugin",
    "clauses": [
      "WHEN plugin with PluginInvoke capability calls `crucible.invoke_plugin(name, params)`",
      "THEN system SHALL verify PluginInvoke capability",
      "AND SHALL verify target plugin exists",
      "AND SHALL execute target plugin with parameters",
      "AND SHALL return target plugin result",
      "AND SHALL propagate errors appropriately"
    ]
  },
  {
    "id": "MS-14.2",
    "spec": "meta-systems.md",
    "requirement": "Inter-Plugin Communication",
    "scenario": "Plugin dependency declaration",
    "clauses": [
      "WHEN plugin declares dependencies in frontmatter",
      "THEN system SHALL load dependencies before plugin",
      "AND SHALL make dependencies available via import",
      "AND SHALL fail validation if dependencies missing",
      "AND SHALL detect circular dependencies"
    ]
  },
  {
    "id": "MS-14.3",
    "spec": "meta-systems.md",
    "requirement": "Inter-Plugin Communication",
    "scenario": "Plugin version compatibility",
    "clauses": [
      "WHEN plugin depends on specific version of another plugin",
      "THEN system SHALL check version compatibility",
      "AND SHALL fail validation if version mismatch",
      "AND SHALL report version conflict clearly"
    ]
  },
  {
    "id": "MS-15.1",
    "spec": "meta-systems.md",
    "requirement": "Plugin Audit Logging",
    "scenario": "Log plugin execution",
    "clauses": [
      "WHEN plugin executes",
      "THEN system SHALL log execution start with timestamp",
      "AND SHALL log plugin name, version, invoker (user/agent)",
      "AND SHALL log execution end with duration",
      "AND SHALL log success or error status"
    ]
  },
  {
    "id": "MS-15.2",
    "spec": "meta-systems.md",
    "requirement": "Plugin Audit Logging",
    "scenario": "Log capability usage",
    "clauses": [
      "WHEN plugin uses capability (read, write, network, etc.)",
      "THEN system SHALL log capability invocation",
      "AND SHALL log specific operation (read_note, path, etc.)",
      "AND SHALL log approval status (granted/denied)"
    ]
  },
  {
    "id": "MS-15.3",
    "spec": "meta-systems.md",
    "requirement": "Plugin Audit Logging",
    "scenario": "Log security events",
    "clauses": [
      "WHEN plugin attempts capability escalation or security violation",
      "THEN system SHALL log security event with high priority",
      "AND SHALL include full context (plugin, operation, reason)",
      "AND SHALL notify user of security event"
    ]
  },
  {
    "id": "MS-15.4",
    "spec": "meta-systems.md",
    "requirement": "Plugin Audit Logging",
    "scenario": "Audit log retention",
    "clauses": [
      "WHEN audit log grows large",
      "THEN system SHALL rotate logs automatically",
      "AND SHALL retain recent logs (default 30 days)",
      "AND SHALL compress archived logs",
      "AND SHALL respect user retention configuration"
    ]
  },
  {
    "id": "MS-16.1",
    "spec": "meta-systems.md",
    "requirement": "Example Plugins Provided",
    "scenario": "Dice roller plugin (game master toolkit)",
    "clauses": [
      "WHEN system installs",
      "THEN SHALL include `dice-roller.rune` example",
      "AND plugin SHALL support standard dice notation (2d6+3)",
      "AND plugin SHALL support advantage/disadvantage rolls",
      "AND plugin SHALL be fully documented with examples"
    ]
  },
  {
    "id": "MS-16.2",
    "spec": "meta-systems.md",
    "requirement": "Example Plugins Provided",
    "scenario": "Combat tracker plugin (game master toolkit)",
    "clauses": [
      "WHEN system installs",
      "THEN SHALL include `combat-tracker.rune` example",
      "AND plugin SHALL track initiative order",
      "AND plugin SHALL track HP and status effects",
      "AND plugin SHALL use dice-roller plugin as dependency"
    ]
  },
  {
    "id": "MS-16.3",
    "spec": "meta-systems.md",
    "requirement": "Example Plugins Provided",
    "scenario": "Citation parser plugin (research toolkit)",
    "clauses": [
      "WHEN system installs",
      "THEN SHALL include `citation-parser.lua` example",
      "AND plugin SHALL parse BibTeX citations",
      "AND plugin SHALL extract authors, title, year, venue",
      "AND plugin SHALL create citation notes with proper frontmatter"
    ]
  },
  {
    "id": "MS-16.4",
    "spec": "meta-systems.md",
    "requirement": "Example Plugins Provided",
    "scenario": "Concept extractor plugin (research toolkit)",
    "clauses": [
      "WHEN system installs",
      "THEN SHALL include `concept-extractor.lua` example",
      "AND plugin SHALL extract key concepts from notes",
      "AND plugin SHALL use NLP techniques",
      "AND plugin SHALL create concept map with wikilinks"
    ]
  },
  {
    "id": "MS-16.5",
    "spec": "meta-systems.md",
    "requirement": "Example Plugins Provided",
    "scenario": "State machine example",
    "clauses": [
      "WHEN system installs",
      "THEN SHALL include state machine example using standard library",
      "AND example SHALL demonstrate multi-phase workflow",
      "AND example SHALL show state persistence",
      "AND example SHALL include visualization"
    ]
  },
  {
    "id": "MS-17.1",
    "spec": "meta-systems.md",
    "requirement": "Tool System Extended by Plugins",
    "scenario": "Plugin tools appear in tool discovery",
    "clauses": [
      "WHEN ACP agent queries available tools",
      "THEN response SHALL include both built-in and plugin tools",
      "AND plugin tools SHALL have same schema format",
      "AND SHALL be indistinguishable to agents"
    ]
  },
  {
    "id": "MS-17.2",
    "spec": "meta-systems.md",
    "requirement": "Tool System Extended by Plugins",
    "scenario": "Tool execution routes to plugins",
    "clauses": [
      "WHEN tool invocation matches plugin name",
      "THEN system SHALL route to plugin execution runtime",
      "AND SHALL enforce plugin security sandbox",
      "AND SHALL handle errors as tool execution errors"
    ]
  },
  {
    "id": "MS-18.1",
    "spec": "meta-systems.md",
    "requirement": "Agent System Uses Plugins",
    "scenario": "Agent discovers plugin capabilities",
    "clauses": [
      "WHEN agent explores available tools",
      "THEN agent SHALL see plugin tools with full descriptions",
      "AND agent SHALL understand plugin parameters and returns",
      "AND agent SHALL be able to compose multiple plugins"
    ]
  },
  {
    "id": "MS-18.2",
    "spec": "meta-systems.md",
    "requirement": "Agent System Uses Plugins",
    "scenario": "Agent generates plugin on-demand",
    "clauses": [
      "WHEN agent needs capability not available in tools",
      "THEN agent MAY generate plugin code",
      "AND agent SHALL test plugin before installation",
      "AND plugin SHALL be available for subsequent operations"
    ]
  },
  {
    "id": "RI-01.1",
    "spec": "rune-integration.md",
    "requirement": "Rune Runtime",
    "scenario": "Execute Rune script",
    "clauses": [
      "GIVEN valid Rune script file",
      "WHEN system loads and executes script",
      "THEN script SHALL run in sandboxed environment",
      "AND script SHALL have access to bound Crucible types",
      "AND script SHALL NOT have arbitrary filesystem access"
    ]
  },
  {
    "id": "RI-02.1",
    "spec": "rune-integration.md",
    "requirement": "Type Bindings",
    "scenario": "Access session in Rune",
    "clauses": [
      "GIVEN Rune script with session parameter",
      "WHEN script accesses session.phases()",
      "THEN system SHALL return Vec of Phase objects",
      "AND Phase objects SHALL have all standard fields"
    ]
  },
  {
    "id": "RI-03.1",
    "spec": "rune-integration.md",
    "requirement": "Workflow Scripting",
    "scenario": "Custom codification script",
    "clauses": [
      "GIVEN Rune script defining custom codification logic",
      "WHEN user runs codification with custom script",
      "THEN system SHALL execute script to transform session",
      "AND script output SHALL be valid workflow-markup format"
    ]
  },
  {
    "id": "RI-04.1",
    "spec": "rune-integration.md",
    "requirement": "Agent Behaviors",
    "scenario": "Custom agent state machine",
    "clauses": [
      "GIVEN Rune script defining agent state machine",
      "WHEN agent is instantiated with behavior script",
      "THEN agent SHALL follow state transitions defined in script",
      "AND state changes SHALL be logged to session"
    ]
  },
  {
    "id": "RI-05.1",
    "spec": "rune-integration.md",
    "requirement": "Federation Support",
    "scenario": "Compile script to bytecode",
    "clauses": [
      "GIVEN valid Rune script",
      "WHEN script is compiled for federation",
      "THEN system SHALL produce portable bytecode",
      "AND bytecode SHALL be executable on remote Rune VMs"
    ]
  },
  {
    "id": "TC-01.1",
    "spec": "tool-conversion.md",
    "requirement": "Advanced Rune Runtime",
    "scenario": "Secure script execution",
    "clauses": [
      "WHEN a Rune script is executed",
      "THEN the runtime SHALL enforce memory and CPU limits",
      "AND prevent access to unauthorized system resources"
    ]
  },
  {
    "id": "TC-01.2",
    "spec": "tool-conversion.md",
    "requirement": "Advanced Rune Runtime",
    "scenario": "Dynamic module loading",
    "clauses": [
      "WHEN new tools are discovered",
      "THEN the runtime SHALL load and compile Rune modules dynamically",
      "AND provide hot-reloading capabilities for development"
    ]
  },
  {
    "id": "TC-02.1",
    "spec": "tool-conversion.md",
    "requirement": "Tool Schema Conversion Engine",
    "scenario": "JSON Schema to Rune types",
    "clauses": [
      "WHEN an MCP tool defines parameters using JSON Schema",
      "THEN the converter SHALL generate corresponding Rune type definitions",
      "AND handle complex nested structures and validation rules"
    ]
  },
  {
    "id": "TC-02.2",
    "spec": "tool-conversion.md",
    "requirement": "Tool Schema Conversion Engine",
    "scenario": "Function generation",
    "clauses": [
      "WHEN converting tool definitions",
      "THEN the engine SHALL generate complete Rune function implementations",
      "AND include parameter validation, error handling, and result formatting"
    ]
  },
  {
    "id": "TC-03.1",
    "spec": "tool-conversion.md",
    "requirement": "Execution Context Bridge",
    "scenario": "Controlled resource access",
    "clauses": [
      "WHEN a Rune script needs to access system resources",
      "THEN the bridge SHALL provide controlled access through defined APIs",
      "AND enforce permission checks and audit logging"
    ]
  },
  {
    "id": "TC-03.2",
    "spec": "tool-conversion.md",
    "requirement": "Execution Context Bridge",
    "scenario": "Result serialization",
    "clauses": [
      "WHEN a Rune function returns complex data",
      "THEN the bridge SHALL serialize results to MCP-compatible format",
      "AND handle binary data, large objects, and streaming results"
    ]
  },
  {
    "id": "TC-04.1",
    "spec": "tool-conversion.md",
    "requirement": "Plugin Architecture",
    "scenario": "Plugin discovery",
    "clauses": [
      "WHEN the system starts",
      "THEN it SHALL scan for tool plugins in configured directories",
      "AND load them with appropriate permission levels"
    ]
  },
  {
    "id": "TC-04.2",
    "spec": "tool-conversion.md",
    "requirement": "Plugin Architecture",
    "scenario": "Plugin lifecycle management",
    "clauses": [
      "WHEN plugins are updated or reloaded",
      "THEN the system SHALL manage graceful shutdowns and restarts",
      "AND preserve execution state where appropriate"
    ]
  },
  {
    "id": "PR-01.1",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin loading on demand",
    "scenario": "First task triggers load",
    "clauses": [
      "WHEN first task with `type: core/http.get` is executed",
      "THEN the `core/http` plugin is loaded, manifest validated, and WASM instantiated"
    ]
  },
  {
    "id": "PR-01.2",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin loading on demand",
    "scenario": "Unused plugin not loaded",
    "clauses": [
      "WHEN engine runs workflows that don't use a particular plugin",
      "THEN that plugin is never loaded into memory"
    ]
  },
  {
    "id": "PR-02.1",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin caching",
    "scenario": "Plugin reuse across tasks",
    "clauses": [
      "WHEN multiple tasks use `core/http.get` in sequence",
      "THEN the same cached plugin instance is reused (WASM module, not state)"
    ]
  },
  {
    "id": "PR-02.2",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin caching",
    "scenario": "Cache TTL expiration",
    "clauses": [
      "WHEN a cached plugin is not used for longer than TTL (default: 5 minutes)",
      "THEN the plugin instance is evicted and resources freed"
    ]
  },
  {
    "id": "PR-02.3",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin caching",
    "scenario": "Cache size limit",
    "clauses": [
      "WHEN cache reaches maximum entries (configurable)",
      "THEN least recently used plugins are evicted first"
    ]
  },
  {
    "id": "PR-03.1",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin resolution",
    "scenario": "Resolve installed plugin",
    "clauses": [
      "WHEN task references `community/slack.send`",
      "THEN runtime finds plugin at configured plugin directory (`plugins/community/slack/`)"
    ]
  },
  {
    "id": "PR-03.2",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin resolution",
    "scenario": "Plugin not found",
    "clauses": [
      "WHEN task references `unknown/nonexistent.action`",
      "THEN task fails with \"Plugin not found: unknown/nonexistent\" error"
    ]
  },
  {
    "id": "PR-03.3",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin resolution",
    "scenario": "Action not found in plugin",
    "clauses": [
      "WHEN task references `core/http.nonexistent`",
      "THEN task fails with \"Action 'nonexistent' not found in plugin 'core/http'\""
    ]
  },
  {
    "id": "PR-04.1",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin execution context",
    "scenario": "Isolated context per invocation",
    "clauses": [
      "WHEN same action is called twice in sequence",
      "THEN each invocation receives a fresh context with no shared state"
    ]
  },
  {
    "id": "PR-04.2",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin execution context",
    "scenario": "Context includes execution metadata",
    "clauses": [
      "WHEN action runs",
      "THEN context includes executionId, taskId, and attempt number"
    ]
  },
  {
    "id": "PR-05.1",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin error handling",
    "scenario": "Plugin throws error",
    "clauses": [
      "WHEN plugin action throws an error",
      "THEN task fails with error message extracted from the exception"
    ]
  },
  {
    "id": "PR-05.2",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin error handling",
    "scenario": "Plugin timeout",
    "clauses": [
      "WHEN plugin action exceeds timeout",
      "THEN task fails with timeout error and plugin instance is cleaned up"
    ]
  },
  {
    "id": "PR-05.3",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin error handling",
    "scenario": "Plugin crash",
    "clauses": [
      "WHEN plugin causes WASM trap",
      "THEN task fails with crash error and no resource leaks occur"
    ]
  },
  {
    "id": "PR-06.1",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin unloading",
    "scenario": "Manual plugin unload",
    "clauses": [
      "WHEN admin calls unload for a specific plugin",
      "THEN cached instance is removed and WASM resources freed"
    ]
  },
  {
    "id": "PR-06.2",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin unloading",
    "scenario": "Engine shutdown cleanup",
    "clauses": [
      "WHEN engine shuts down",
      "THEN all cached plugin instances are unloaded and resources freed"
    ]
  },
  {
    "id": "PR-07.1",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin health monitoring",
    "scenario": "Execution metrics",
    "clauses": [
      "WHEN plugin action completes",
      "THEN metrics are recorded: execution time, memory usage, success/failure"
    ]
  },
  {
    "id": "PR-07.2",
    "spec": "plugin-runtime.md",
    "requirement": "Plugin health monitoring",
    "scenario": "Error rate tracking",
    "clauses": [
      "WHEN plugin has high error rate",
      "THEN metrics show error count and rate for alerting"
    ]
  }
];
