// Rune's surface for graphs that a plugin builds: a struct with the module's functions as methods.

export const runeShim: string = `
/// A graph of one's own.
pub struct Graph { data }

/// Makes a graph of \`#{ edges: [["a", "b"], ["b", "c", 2.5]], nodes: ["a"] }\`; nodes may be an object with attributes.
pub fn new(data) {
    Graph { data }
}

fn of(graph, options) {
    let all = #{};
    for (key, value) in options {
        all.insert(key, value);
    }
    all.insert("graph", graph.data);
    all
}

impl Graph {
    pub fn bfs(self, start, options) { host::bfs(start, of(self, options)) }
    pub fn dfs(self, start, options) { host::dfs(start, of(self, options)) }
    pub fn pagerank(self, options) { host::pagerank(of(self, options)) }
    pub fn communities(self, options) { host::communities(of(self, options)) }
    pub fn shortest_path(self, start, target, options) { host::shortest_path(start, target, of(self, options)) }
    pub fn connected(self, options) { host::connected(of(self, options)) }
    pub fn strongly_connected(self, options) { host::strongly_connected(of(self, options)) }
    pub fn centrality(self, measure, options) { host::centrality(measure, of(self, options)) }
    pub fn backlinks(self, node, options) { host::backlinks(node, of(self, options)) }
    pub fn neighbors(self, node, options) { host::neighbors(node, of(self, options)) }
    pub fn size(self, options) { host::size(of(self, options)) }
}
`;
