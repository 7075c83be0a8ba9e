// The Lua source that runs before any plugin: removes what guests must not have, bounds what never ends, and builds `crucible`,
// `require` and `print` on the host's functions. It is called with a table `host` and returns
// the function that adds a shim to a module.
//
// host: null, print(text), submit(f, ...), wait(ticket), waitAll(tickets...), clock(), modules, libraries,
//       marks {array, bytes, failure, null} (metatables that the host knows by address)

export const preludeSource = `
local host = ...
local error, getmetatable, ipairs, next, rawget, select, tostring, type = error, getmetatable, ipairs, next, rawget, select, tostring, type
local native_load, native_setmetatable, native_rep, native_move = load, setmetatable, string.rep, table.move
local native_random, native_randomseed = math.random, math.randomseed
local concat, unpack = table.concat, table.unpack
local modules, libraries, marks = host.modules, host.libraries, host.marks
local host_print, host_submit, host_wait, host_wait_all, host_clock = host.print, host.submit, host.wait, host.waitAll, host.clock

dofile, loadfile, collectgarbage, warn, string.dump = nil, nil, nil, nil, nil

-- Compiled code can break the interpreter: text only.
function load(chunk, name, mode, ...)
  if mode == "b" then return nil, "attempt to load a binary chunk (only text is allowed)" end
  if select("#", ...) > 0 then return native_load(chunk, name, "t", (...)) end
  return native_load(chunk, name, "t")
end

-- A finalizer would run at any time, also while the host builds values.
function setmetatable(object, metatable)
  if type(metatable) == "table" and rawget(metatable, "__gc") ~= nil then
    error("__gc is not available in plugins; use a to-be-closed variable (local x <close>)", 2)
  end
  return native_setmetatable(object, metatable)
end

-- These two would loop for hours over nothing.
function string.rep(s, n, separator)
  if s == "" and (separator == nil or separator == "") and type(n) == "number" then return "" end
  return native_rep(s, n, separator)
end

function table.move(from, first, last, target, to)
  if type(first) == "number" and type(last) == "number" and last >= first and (last - first < 0 or last - first > 67108864) then
    error("too many elements to move", 2)
  end
  return native_move(from, first, last, target, to)
end

-- Without arguments the standard takes the time and an address.
function math.randomseed(first, second)
  if first == nil then first, second = native_random(0), native_random(0) end
  return native_randomseed(first, second)
end

function print(...)
  local count = select("#", ...)
  local parts = {...}
  for index = 1, count do parts[index] = tostring(parts[index]) end
  host_print(concat(parts, "\\t", 1, count))
end

local running, loaded = {}, {}
function require(name)
  if type(name) ~= "string" then error("bad argument #1 to 'require' (string expected, got " .. type(name) .. ")", 2) end
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
_G.crucible = crucible
crucible.null = host.null

function crucible.array(items)
  if type(items) ~= "table" then error("bad argument #1 to 'array' (table expected, got " .. type(items) .. ")", 2) end
  local metatable = getmetatable(items)
  if metatable ~= nil and metatable ~= marks.array then error("bad argument #1 to 'array' (the table has a metatable of its own)", 2) end
  return native_setmetatable(items, marks.array)
end

function crucible.bytes(content)
  if type(content) ~= "string" then error("bad argument #1 to 'bytes' (string expected, got " .. type(content) .. ")", 2) end
  return native_setmetatable({content}, marks.bytes)
end

function crucible.submit(fn, ...)
  return host_submit(fn, ...)
end

function crucible.wait(tickets)
  if type(tickets) ~= "table" then return (host_wait(tickets)) end
  return native_setmetatable({host_wait_all(unpack(tickets))}, marks.array)
end

function crucible.all(calls)
  local tickets = {}
  for index, call in ipairs(calls) do tickets[index] = host_submit(unpack(call, 1, call.n or #call)) end
  return native_setmetatable({host_wait_all(unpack(tickets))}, marks.array)
end

if crucible.clock == nil then crucible.clock = host_clock end

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
