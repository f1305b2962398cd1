//! The picture of `plan --graph`: tables and references with how many rows they bring, as SVG.
//!
//! ```text
//!   Graph ─► layers (columns: parents left of their children) ─► order (few crossings) ─► places ─► svg
//! ```
//!
//! After Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures" (1981), with
//! columns of limited length and coordinates by isotonic regression. Same graph, same picture.

mod layers;
mod order;
mod places;
mod svg;

use layers::Layers;
pub use svg::short;

/// What is drawn.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// A line above it.
    pub title: String,
    /// Numbers are of rows that were found, not of rows that there are.
    pub measured: bool,
    /// Tables.
    pub nodes: Vec<Node>,
    /// References; both ends are indexes of `nodes`.
    pub edges: Vec<Edge>,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name; any text.
    pub name: String,
    /// How its rows are chosen.
    pub kind: NodeKind,
    /// What stands beneath the name.
    pub caption: String,
    /// The part of its rows that is in the copy, from 0 to 1.
    pub share: Option<f64>,
}

/// How the rows of a table are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// By a seed.
    Seed,
    /// All of them.
    Whole,
    /// By references.
    Chosen,
    /// None.
    Absent,
}

/// A reference, or several between the same tables.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The table that refers.
    pub child: usize,
    /// The table that is referred to.
    pub parent: usize,
    /// What is said where a pointer rests on it.
    pub about: String,
    /// Rows that it brings as children of others.
    pub children: u64,
    /// Rows that it brings as parents of others.
    pub parents: u64,
    /// Children are followed along it.
    pub followed: bool,
}

impl Graph {
    /// The picture.
    pub fn to_svg(&self) -> String {
        let edges = self.joined();
        let ends: Vec<(usize, usize)> = edges
            .iter()
            .filter(|edge| edge.child != edge.parent)
            .map(|edge| (edge.parent, edge.child))
            .collect();
        let layers = Layers::new(self.nodes.len(), &ends);
        let columns = order::order(&layers);
        let sizes: Vec<(f64, f64)> = self.nodes.iter().map(svg::size).collect();
        let places = places::Places::new(&layers, &columns, &sizes);
        svg::draw(self, &edges, &layers, &places)
    }

    /// One edge for all references between the same two tables.
    fn joined(&self) -> Vec<Edge> {
        let mut joined: Vec<Edge> = Vec::new();
        for edge in &self.edges {
            match joined.iter_mut().find(|other| (other.child, other.parent) == (edge.child, edge.parent)) {
                None => joined.push(edge.clone()),
                Some(other) => {
                    other.about = format!("{}\n{}", other.about, edge.about);
                    other.children += edge.children;
                    other.parents += edge.parents;
                    other.followed |= edge.followed;
                }
            }
        }
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str) -> Node {
        Node { name: name.to_owned(), kind: NodeKind::Chosen, caption: "1 row".to_owned(), share: Some(0.5) }
    }

    fn edge(parent: usize, child: usize) -> Edge {
        Edge { child, parent, about: "key".to_owned(), children: 10, parents: 0, followed: true }
    }

    #[test]
    fn hostile_names_are_text_and_nothing_else() {
        let names = [
            "<script>alert(1)</script>",
            "a&b\"c'd",
            "new\nline\u{0}\u{1b}[31m",
            "\u{202e}evil",
            "]]>",
            "مستخدم",
            "",
        ];
        let graph = Graph {
            title: "<title> & more".to_owned(),
            measured: true,
            nodes: names.map(node).to_vec(),
            edges: (1..names.len())
                .map(|child| Edge { about: names[child].to_owned(), ..edge(0, child) })
                .collect(),
        };
        let svg = graph.to_svg();
        assert!(
            !svg.contains("<script")
                && !svg.contains("c'd\"")
                && !svg.contains('\u{202e}')
                && !svg.contains('\u{1b}')
        );
        assert!(
            svg.contains("&lt;script&gt;") && svg.contains("a&amp;b&quot;c&#39;d") && svg.contains("مستخدم")
        );
        assert!(svg.chars().all(|letter| letter == '\n' || !letter.is_control()));
        let opened = svg.matches("<text").count();
        assert_eq!(opened, svg.matches("</text>").count());
    }

    #[test]
    fn circles_self_references_and_lonely_tables_are_drawn() {
        let graph = Graph {
            title: String::new(),
            measured: true,
            nodes: ["a", "b", "c", "alone"].map(node).to_vec(),
            edges: vec![edge(0, 1), edge(1, 2), edge(2, 0), edge(1, 1), edge(0, 1)],
        };
        let svg = graph.to_svg();
        // The legend has four of either.
        assert_eq!(svg.matches("class=\"node").count(), 4 + 4);
        // Both references from b to a are one line that says both.
        assert_eq!(svg.matches("class=\"edge").count(), 4 + 4);
        assert_eq!(svg, graph.to_svg());
    }

    /// In two seconds; it was half a minute while all lines were looked at for each point.
    #[test]
    fn thousands_of_tables_are_drawn() {
        let nodes: Vec<Node> = (0..2_000).map(|at| node(&format!("t{at}"))).collect();
        let tree = (1..2_000).map(|child| edge(child / 3, child));
        let across = (1..1_000).map(|at| edge(at, 1_999 - at / 2));
        let graph =
            Graph { title: String::new(), measured: true, nodes, edges: tree.chain(across).collect() };
        assert_eq!(graph.to_svg().matches("class=\"node").count(), 2_000 + 4);
    }

    #[test]
    fn no_table_stands_on_another() {
        // A hub with sixty children, a chain, and references across.
        let nodes: Vec<Node> = (0..100).map(|at| node(&format!("public.table_number_{at}"))).collect();
        let hub = (1..=60).map(|child| edge(0, child));
        let chain = (61..100).map(|child| edge(child - 1, child));
        let across = (1..40).map(|at| edge(at, 99 - at));
        let graph = Graph {
            title: String::new(),
            measured: true,
            nodes,
            edges: hub.chain(chain).chain(across).collect(),
        };
        let ends: Vec<(usize, usize)> = graph.joined().iter().map(|edge| (edge.parent, edge.child)).collect();
        let layers = Layers::new(graph.nodes.len(), &ends);
        let columns = order::order(&layers);
        let sizes: Vec<(f64, f64)> = graph.nodes.iter().map(svg::size).collect();
        let places = places::Places::new(&layers, &columns, &sizes);
        for one in 0..100 {
            for other in 0..one {
                let ((x, y), (left, top)) = (places.corner(one), places.corner(other));
                let ((width, height), (wide, high)) = (sizes[one], sizes[other]);
                let apart = x + width <= left || left + wide <= x || y + height <= top || top + high <= y;
                assert!(apart, "tables {one} and {other}");
            }
        }
    }
}
