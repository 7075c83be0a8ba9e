// Lua's surface for graphs that a plugin builds: an object with the module's functions as methods.

export const luaShim: string = `
local graph = {}
local methods = {
  bfs = 1, dfs = 1, pagerank = 0, communities = 0, shortest_path = 2, connected = 0, strongly_connected = 0,
  centrality = 1, backlinks = 1, neighbors = 1, size = 0,
}

-- A graph of one's own: {edges = {{"a", "b"}, {"b", "c", 2.5}}, nodes = {"a"} or {a = {colour = "red"}}}.
function graph.new(data)
  local object = {}
  for name, count in next, methods do
    object[name] = function(first, ...)
      local args = rawequal(first, object) and table.pack(...) or table.pack(first, ...)
      local options = {}
      for key, value in next, args[count + 1] or {} do options[key] = value end
      options.graph = data
      args[count + 1] = options
      return host[name](table.unpack(args, 1, count + 1))
    end
  end
  return object
end

return graph
`;
