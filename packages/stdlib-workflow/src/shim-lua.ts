// Lua's surface of the module: functions of tasks stay in the guest and run between two host calls.
import { luaMethods } from "@crucible/sandbox";

export const luaShim: string = `${luaMethods}
local workflow = {}
local Workflow = {}

-- Copies a definition without its functions; tasks that have one are marked.
local function read(source)
  if type(source) ~= "table" then error("Cannot define a workflow: a definition is a table", 3) end
  local data, functions = {}, {}
  for key, value in next, source do data[key] = value end
  if type(source.tasks) == "table" then
    data.tasks = {}
    for key, task in next, source.tasks do
      if type(task) == "function" then task = {run = task} end
      if type(task) == "table" and type(task.run) == "function" then
        local copy = {}
        for name, value in next, task do copy[name] = value end
        copy.run = true
        functions[type(key) == "string" and key or task.name or key] = task.run
        task = copy
      end
      data.tasks[key] = task
    end
  end
  return data, functions
end

local function describe(failure)
  if type(failure) == "table" and failure.message ~= nil then
    return {code = failure.code, message = tostring(failure.message)}
  end
  return {message = tostring(failure)}
end

function workflow.check(source)
  return host.check((read(source)))
end

local function order_of(flow)
  flow._order = flow._order or host.order(flow._data)
  return flow._order
end

-- While a plugin is being loaded the host answers nothing: a workflow that is defined there is checked when it is first used.
function workflow.define(source)
  local data, functions = read(source)
  local flow = bind({_data = data, _functions = functions}, Workflow)
  local ok, failure = pcall(order_of, flow)
  if not ok and failure.code ~= "host/unavailable" then error(failure, 0) end
  return flow
end

function workflow.execute(source, options)
  return workflow.define(source):execute(options)
end

function Workflow.order(flow)
  return {table.unpack(order_of(flow))}
end

function Workflow.cancel(flow, reason)
  if flow._run ~= nil then host.cancel(flow._run, reason) end
end

function Workflow.execute(flow, options)
  if flow._run ~= nil then error("Cannot execute the workflow inside one of its own tasks", 2) end
  local run = host.begin(flow._data, options)
  flow._run = run
  local advance = options ~= nil and options.run ~= nil and host.advance_stored or host.advance
  local ok, result = pcall(function()
    local step = advance(run)
    while step.report == nil do
      local finished, output = pcall(flow._functions[step.task], step)
      local ended = finished and {output = output} or {error = describe(output)}
      step = advance(run, ended)
    end
    return step.report
  end)
  flow._run = nil
  if not ok then error(result, 0) end
  return result
end

return workflow
`;
