// Lua's surface of the module: functions inside definitions stay in the guest under names, and run between two host calls.
import { luaMethods } from "@crucible/sandbox";

export const luaShim: string = `${luaMethods}
local statemachine = {}
local Definition, Machine = {}, {}

-- Copies a definition; functions are replaced by the name of the place where they stand.
local function collect(value, place, callbacks, names)
  if type(value) == "function" then
    if names[value] == nil then
      names[value] = "@" .. place
      callbacks[names[value]] = value
    end
    return names[value]
  end
  if type(value) ~= "table" or getmetatable(value) ~= nil then return value end
  local keys, copy = {}, {}
  for key in next, value do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    copy[key] = collect(value[key], place == "" and tostring(key) or place .. "." .. tostring(key), callbacks, names)
  end
  return copy
end

local function copied(value)
  local marks = getmetatable(value)
  if type(value) ~= "table" or marks ~= nil and type(marks) ~= "table" then return value end
  local copy = {}
  for key, inner in next, value do copy[key] = copied(inner) end
  return setmetatable(copy, marks)
end

local function describe(findings)
  local messages = {}
  for index, finding in ipairs(findings) do messages[index] = finding.message end
  return table.concat(messages, "; ")
end

local function find_unknown(value, callbacks, unknown)
  local function look(name)
    if type(name) == "string" and callbacks[name] == nil then unknown[#unknown + 1] = name end
  end
  local function each(names)
    if type(names) == "table" then for _, name in ipairs(names) do look(name) end else look(names) end
  end
  each(value.entry)
  each(value.exit)
  for _, candidates in next, type(value.on) == "table" and value.on or {} do
    local list = type(candidates) == "table" and (candidates[1] ~= nil and candidates or {candidates}) or {}
    for _, transition in ipairs(list) do
      if type(transition) == "table" then
        look(transition.guard)
        each(transition.actions)
      end
    end
  end
  for _, state in next, type(value.states) == "table" and value.states or {} do
    if type(state) == "table" then find_unknown(state, callbacks, unknown) end
  end
end

local function read(source)
  if type(source) ~= "table" then error("Cannot define a machine: a definition is a table", 3) end
  local callbacks, names, rest = {}, {}, {}
  for _, group in ipairs({"actions", "guards"}) do
    for name, callback in next, source[group] or {} do
      callbacks[name] = callback
      names[callback] = name
    end
  end
  for key, value in next, source do
    if key ~= "actions" and key ~= "guards" and key ~= "migrate" then rest[key] = value end
  end
  return collect(rest, "", callbacks, names), callbacks
end

function statemachine.check(source)
  return host.check((read(source)))
end

-- While a plugin is being loaded the host answers nothing: a machine that is defined there is checked when it is first used.
local function ready(definition)
  if definition._findings ~= nil then return definition._data end
  local data, callbacks = definition._data, definition._callbacks
  local findings = host.check(data)
  if findings[1] ~= nil and findings[1].severity == "error" then
    local errors = {}
    for _, finding in ipairs(findings) do
      if finding.severity == "error" then errors[#errors + 1] = finding end
    end
    error("Cannot define the machine: " .. describe(errors), 0)
  end
  local unknown = {}
  find_unknown(data, callbacks, unknown)
  if #unknown > 0 then
    table.sort(unknown)
    error("Cannot define the machine: there is no callback " .. table.concat(unknown, ", "), 0)
  end
  definition._findings = findings
  return data
end

function statemachine.define(source)
  local data, callbacks = read(source)
  local definition = bind({}, Definition)
  definition._data, definition._callbacks, definition._migrate = data, callbacks, source.migrate
  local ok, failure = pcall(ready, definition)
  if not ok and (type(failure) ~= "table" or failure.code ~= "host/unavailable") then
    error(failure, type(failure) == "string" and 2 or 0)
  end
  return definition
end

function statemachine.from_xstate(config, options)
  local source = host.read_xstate(config)
  for key, value in next, options or {} do source[key] = value end
  return statemachine.define(source)
end

local function run(callbacks, calls, context, event)
  for _, call in ipairs(calls) do
    callbacks[call.callback](context, event, call.state)
  end
end

local function machine_of(definition, snapshot, name)
  local machine = bind({}, Machine)
  machine._definition, machine._snapshot, machine._name, machine._busy = definition, snapshot, name, false
  return machine
end

-- From here on the state counts: it is stored where it is to be kept, and told.
local function commit(definition, name, snapshot, cause)
  if name ~= nil then
    host.save(definition._data, name, snapshot, cause)
  else
    host.announce(definition._data, snapshot, cause)
  end
end

local function begin(definition, context, name)
  local started = host.begin(ready(definition), context)
  local snapshot = started.snapshot
  run(definition._callbacks, started.calls, snapshot.context, {type = "machine.start", from = "", to = snapshot.state})
  commit(definition, name, snapshot, {event = "machine.start", from = ""})
  return machine_of(definition, snapshot, name)
end

function Definition.start(definition, context)
  return begin(definition, context, nil)
end

function Definition.open(definition, name, context)
  local data = ready(definition)
  local snapshot = host.load(data, name)
  if snapshot == nil then return begin(definition, context, name) end
  local version = data.version or 1
  if snapshot.version ~= version then
    local before = {state = snapshot.state, context = snapshot.context}
    local after = definition._migrate and definition._migrate(before, snapshot.version) or before
    snapshot = host.migrate(data, snapshot, after.state or before.state, after.context or before.context)
    commit(definition, name, snapshot, {event = "machine.migrate", from = before.state})
  end
  return machine_of(definition, snapshot, name)
end

function Definition.instances(definition) return host.instances(ready(definition)) end
function Definition.remove(definition, name) return host.remove(ready(definition), name) end
function Definition.findings(definition)
  ready(definition)
  return copied(definition._findings)
end
function Definition.data(definition) return copied(definition._data) end
function Definition.dot(definition, state) return host.dot(ready(definition), state) end
function Definition.mermaid(definition, state) return host.mermaid(ready(definition), state) end
function Definition.svg(definition, state) return host.svg(ready(definition), state) end
function Definition.to_xstate(definition) return host.to_xstate(ready(definition)) end

function Machine.state(machine) return machine._snapshot.state end
function Machine.context(machine) return copied(machine._snapshot.context) end
function Machine.history(machine) return copied(machine._snapshot.history) end
function Machine.done(machine) return machine._snapshot.done end
function Machine.name(machine) return machine._name end
function Machine.snapshot(machine) return copied(machine._snapshot) end
function Machine.events(machine)
  if machine._snapshot.done then return {} end
  return host.events(machine._definition._data, machine._snapshot.state)
end
function Machine.dot(machine) return host.dot(machine._definition._data, machine._snapshot.state) end
function Machine.mermaid(machine) return host.mermaid(machine._definition._data, machine._snapshot.state) end
function Machine.svg(machine) return host.svg(machine._definition._data, machine._snapshot.state) end

function Machine.matches(machine, state)
  local active = machine._snapshot.state
  return active == state or active:sub(1, #state + 1) == state .. "."
end

local function passing(machine, planned, event)
  local callbacks = machine._definition._callbacks
  for _, plan in ipairs(planned.plans) do
    if plan.guard == "" or callbacks[plan.guard](planned.context, event) then return plan end
  end
end

local function exclusively(machine, work)
  if machine._busy then error("Cannot use the machine inside one of its own callbacks", 3) end
  machine._busy = true
  local results = table.pack(pcall(work))
  machine._busy = false
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

function Machine.can(machine, event, data)
  local listed = false
  for _, each in ipairs(Machine.events(machine)) do listed = listed or each == event end
  if not listed then return false end
  return exclusively(machine, function()
    local planned = host.step(machine._definition._data, machine._snapshot, event)
    return passing(machine, planned, {type = event, data = data, from = machine._snapshot.state}) ~= nil
  end)
end

function Machine.transition(machine, event, data)
  return exclusively(machine, function()
    local definition, before = machine._definition, machine._snapshot
    local planned = host.step(definition._data, before, event)
    local happening = {type = event, data = data, from = before.state}
    local plan = passing(machine, planned, happening)
    if plan == nil then return host.refuse(definition._data, before, event) end
    happening.to = plan.state
    run(definition._callbacks, plan.calls, planned.context, happening)
    local history = copied(before.history)
    history[#history + 1] = plan.record
    while #history > planned.history_length do table.remove(history, 1) end
    local after = {
      machine = before.machine, version = before.version, state = plan.state, done = plan.done,
      sequence = before.sequence + 1, context = planned.context, history = history,
    }
    commit(definition, machine._name, after, {event = event, from = before.state})
    machine._snapshot = after
    return after.state
  end)
end

return statemachine
`;
