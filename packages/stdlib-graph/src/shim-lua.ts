// Lua's surface for graphs that a plugin builds: an object with the module's functions as methods.
import { luaMethods } from "@crucible/sandbox";

export const luaShim: string = `${luaMethods}
local graph = {}

-- Each function of the module as a method, which gives the graph with its options; count says how many arguments come before.
local Graph = {}
for name, count in next, {
  bfs = 1, dfs = 1, pagerank = 0, communities = 0, shortest_path = 2, connected = 0, strongly_connected = 0,
  centrality = 1, backlinks = 1, neighbors = 1, size = 0,
} do
  Graph[name] = function(object, ...)
    local args, options = table.pack(...), {}
    for key, value in next, args[count + 1] or {} do options[key] = value end
    options.graph = object._data
    args[count + 1] = options
    return host[name](table.unpack(args, 1, count + 1))
  end
end

-- A graph of one's own: {edges = {{"a", "b"}, {"b", "c", 2.5}}, nodes = {"a"} or {a = {colour = "red"}}}.
function graph.new(data)
  return bind({_data = data}, Graph)
end

return graph
`;
