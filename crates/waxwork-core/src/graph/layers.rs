//! Columns: every table right of those that it refers to, circles cut open, no column too long.

use std::collections::BTreeSet;

/// Points in columns: the tables first, then one bend for each column that a line passes.
#[derive(Clone, Debug)]
pub(super) struct Layers {
    /// Number of tables.
    pub(super) tables: usize,
    /// By point: its column; tables without a line have none.
    pub(super) layer: Vec<Option<usize>>,
    /// Lines between neighbouring columns, from the left one.
    pub(super) lines: Vec<(usize, usize)>,
    /// By pair of ends: the points of its line, from the left.
    pub(super) paths: Vec<Vec<usize>>,
}

impl Layers {
    /// Of tables and of pairs (parent, child), none of them twice or of one table.
    pub(super) fn new(tables: usize, ends: &[(usize, usize)]) -> Self {
        let ends = cut_open(tables, ends);
        let mut layer = longest_paths(tables, &ends);
        draw_together(&mut layer, &ends);
        let mut layers = Self { tables, layer, lines: Vec::new(), paths: Vec::new() };
        for (left, right) in &ends {
            layers.line(*left, *right);
        }
        layers
    }

    /// Adds a line, with a bend in each column between its ends.
    fn line(&mut self, left: usize, right: usize) {
        let column = |layers: &Self, point: usize| layers.layer[point].unwrap_or_default();
        let mut path = vec![left];
        for between in column(self, left) + 1..column(self, right) {
            self.layer.push(Some(between));
            path.push(self.layer.len() - 1);
        }
        path.push(right);
        self.lines.extend(path.windows(2).map(|pair| (pair[0], pair[1])));
        self.paths.push(path);
    }

    /// A bend of a line, not a table.
    pub(super) fn is_bend(&self, point: usize) -> bool {
        point >= self.tables
    }
}

/// Turns round each pair that closes a circle, by depth-first search from tables that refer to nobody.
fn cut_open(tables: usize, ends: &[(usize, usize)]) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Not,
        Open,
        Done,
    }
    let children =
        |table: usize| ends.iter().filter(move |(parent, _)| *parent == table).map(|(_, child)| *child);
    let is_root = |table: &usize| ends.iter().all(|(_, child)| child != table);
    let (mut roots, others): (Vec<usize>, Vec<usize>) = (0..tables).partition(is_root);
    roots.extend(others);
    let mut seen = vec![Seen::Not; tables];
    let mut closing = BTreeSet::new();
    for root in roots {
        let mut stack = vec![(root, None)];
        while let Some((table, next)) = stack.pop() {
            if next.is_none() {
                if seen[table] != Seen::Not {
                    continue;
                }
                seen[table] = Seen::Open;
            }
            let at = next.unwrap_or(0);
            let Some(child) = children(table).nth(at) else {
                seen[table] = Seen::Done;
                continue;
            };
            stack.push((table, Some(at + 1)));
            match seen[child] {
                Seen::Open => _ = closing.insert((table, child)),
                Seen::Not => stack.push((child, None)),
                Seen::Done => {}
            }
        }
    }
    let turned = ends.iter().map(|(parent, child)| match closing.contains(&(*parent, *child)) {
        true => (*child, *parent),
        false => (*parent, *child),
    });
    turned.collect()
}

/// The first column right of all parents that has room; tables with children choose before those without.
fn longest_paths(tables: usize, ends: &[(usize, usize)]) -> Vec<Option<usize>> {
    let linked = |table: &usize| ends.iter().any(|(left, right)| left == table || right == table);
    let mut open: Vec<usize> = (0..tables).filter(linked).collect();
    let most = column_length(open.len());
    let is_parent = |table: usize| ends.iter().any(|(left, _)| *left == table);
    open.sort_by_key(|table| !is_parent(*table));
    let mut layer: Vec<Option<usize>> = vec![None; tables];
    while !open.is_empty() {
        let ready = |table: &usize| {
            ends.iter().filter(|(_, right)| right == table).all(|(left, _)| layer[*left].is_some())
        };
        // There is no circle, so one of them always is.
        let Some(at) = open.iter().position(ready) else { break };
        let table = open.remove(at);
        let parents = ends.iter().filter(|(_, right)| *right == table).filter_map(|(left, _)| layer[*left]);
        let mut column = parents.max().map_or(0, |right_of| right_of + 1);
        while layer.iter().filter(|other| **other == Some(column)).count() >= most {
            column += 1;
        }
        layer[table] = Some(column);
    }
    layer
}

/// About as wide as a screen: a table is four times as wide as high.
fn column_length(tables: usize) -> usize {
    ((tables as f64 * 2.6).sqrt().ceil() as usize).max(6)
}

/// Moves tables that only others refer to right, next to the first of these.
fn draw_together(layer: &mut [Option<usize>], ends: &[(usize, usize)]) {
    let most = column_length(layer.iter().flatten().count());
    for table in 0..layer.len() {
        let refers = ends.iter().any(|(_, right)| *right == table);
        let nearest =
            ends.iter().filter(|(left, _)| *left == table).filter_map(|(_, right)| layer[*right]).min();
        let (Some(nearest), false) = (nearest, refers) else { continue };
        let column = nearest.saturating_sub(1);
        let room = layer.iter().filter(|other| **other == Some(column)).count() < most;
        if room && layer[table].is_some_and(|now| now < column) {
            layer[table] = Some(column);
        }
    }
}
