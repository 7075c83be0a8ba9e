// The Lua source that runs before any plugin: removes what guests must not have, bounds what never ends, and builds `crucible`,
// `require` and `print` on the host's functions. It is called with a table `host` and returns
// the function that adds a shim to a module.
//
// host: null, print(text), submit(f, ...), wait(ticket), waitAll(tickets...), clock(), modules, libraries,
//       marks {array, bytes, failure, null} (metatables that the host knows by address)

export const preludeSource = `
local host = ...
local globals, string, table, math = _G, string, table, math
local error, getmetatable, ipairs, load, next, rawget, select, setmetatable, tostring, type =
  error, getmetatable, ipairs, load, next, rawget, select, setmetatable, tostring, type
local rep, move, random, randomseed = string.rep, table.move, math.random, math.randomseed
local concat, unpack = table.concat, table.unpack
local modules, libraries, marks = host.modules, host.libraries, host.marks
local host_print, host_submit, host_wait, host_wait_all = host.print, host.submit, host.wait, host.waitAll

dofile, loadfile, collectgarbage, warn, string.dump = nil, nil, nil, nil, nil

-- The standard's own message would name a line of this file.
local function check(valid, index, name, expected, value)
  if not valid then
    local got = value == nil and "no value" or type(value)
    error("bad argument #" .. index .. " to '" .. name .. "' (" .. expected .. " expected, got " .. got .. ")", 3)
  end
end

-- Compiled code can break the interpreter: text only.
function globals.load(chunk, name, mode, ...)
  local kind = type(chunk)
  check(kind == "string" or kind == "function", 1, "load", "function", chunk)
  if mode == "b" then return nil, "attempt to load a binary chunk (only text is allowed)" end
  if select("#", ...) > 0 then return load(chunk, name, "t", (...)) end
  return load(chunk, name, "t")
end

-- A finalizer would run at any time, also while the host builds values.
function globals.setmetatable(object, metatable)
  check(type(object) == "table", 1, "setmetatable", "table", object)
  if metatable ~= nil then
    check(type(metatable) == "table", 2, "setmetatable", "nil or table", metatable)
    if rawget(metatable, "__gc") ~= nil then
      error("__gc is not available in plugins; use a to-be-closed variable (local x <close>)", 2)
    end
  end
  return setmetatable(object, metatable)
end

-- These two would loop for hours over nothing.
function string.rep(s, n, separator)
  local kind = type(s)
  check(kind == "string" or kind == "number", 1, "rep", "string", s)
  check(type(n) == "number" or type(n) == "string", 2, "rep", "number", n)
  if s == "" and (separator == nil or separator == "") then return "" end
  return rep(s, n, separator)
end

function table.move(from, first, last, target, to)
  check(type(first) == "number", 2, "move", "number", first)
  check(type(last) == "number", 3, "move", "number", last)
  if last >= first and (last - first < 0 or last - first > 67108864) then error("too many elements to move", 2) end
  return move(from, first, last, target, to)
end

-- Without arguments the standard takes the time and an address.
function math.randomseed(first, second)
  if first == nil then first, second = random(0), random(0) end
  return randomseed(first, second)
end

function globals.print(...)
  local count = select("#", ...)
  local parts = {...}
  for index = 1, count do parts[index] = tostring(parts[index]) end
  host_print(concat(parts, "\\t", 1, count))
end

local running, loaded = {}, {}
function globals.require(name)
  check(type(name) == "string", 1, "require", "string", name)
  local result = modules[name]
  if result ~= nil then return result end
  result = loaded[name]
  if result == running then error("library '" .. name .. "' requires itself", 2) end
  if result ~= nil then return result end
  local chunk = libraries[name]
  if chunk == nil then error("module '" .. name .. "' not found: " .. host.available, 2) end
  loaded[name] = running
  result = chunk(name)
  if result == nil then result = true end
  loaded[name] = result
  return result
end

marks.null.__name = "null"
marks.null.__tostring = function() return "null" end
marks.array.__name = "array"
marks.bytes.__name = "bytes"
marks.bytes.__tostring = function(bytes) return rawget(bytes, 1) end
marks.bytes.__len = function(bytes) return #rawget(bytes, 1) end
marks.failure.__name = "failure"
marks.failure.__metatable = "failure"
marks.failure.__tostring = function(failure)
  return tostring(rawget(failure, "message")) .. " (" .. tostring(rawget(failure, "code")) .. ")"
end
marks.failure.__concat = function(left, right) return tostring(left) .. tostring(right) end

local crucible = modules.crucible
if crucible == nil then
  crucible = {}
  modules.crucible = crucible
end
globals.crucible = crucible
crucible.null = host.null

function crucible.array(items)
  check(type(items) == "table", 1, "array", "table", items)
  local metatable = getmetatable(items)
  if metatable ~= nil and metatable ~= marks.array then error("bad argument #1 to 'array' (the table has a metatable of its own)", 2) end
  return setmetatable(items, marks.array)
end

function crucible.bytes(content)
  check(type(content) == "string", 1, "bytes", "string", content)
  return setmetatable({content}, marks.bytes)
end

function crucible.submit(fn, ...)
  return host_submit(fn, ...)
end

function crucible.wait(tickets)
  if type(tickets) ~= "table" then return (host_wait(tickets)) end
  return setmetatable({host_wait_all(unpack(tickets))}, marks.array)
end

function crucible.all(calls)
  check(type(calls) == "table", 1, "all", "table", calls)
  local tickets = {}
  for index, call in ipairs(calls) do tickets[index] = host_submit(unpack(call, 1, call.n or #call)) end
  return setmetatable({host_wait_all(unpack(tickets))}, marks.array)
end

if crucible.clock == nil then crucible.clock = host.clock end

local function merge(into, from)
  for key, value in next, from do
    if type(value) == "table" and type(rawget(into, key)) == "table" then merge(into[key], value) else into[key] = value end
  end
end

return function(name, raw, shim)
  local added = shim(raw)
  if type(added) == "table" then merge(modules[name], added) end
end
`;
