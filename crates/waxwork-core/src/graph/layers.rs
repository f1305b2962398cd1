//! Columns: every table right of those that it refers to, circles cut open, no column too long.

use std::collections::BTreeSet;

/// By point: those that its lines lead to.
pub(super) type Adjacent = Vec<Vec<usize>>;

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

    /// By point: its neighbours in the column to the left, and those to the right.
    pub(super) fn sides(&self) -> (Adjacent, Adjacent) {
        sides(self.layer.len(), &self.lines)
    }

    /// A bend of a line, not a table.
    pub(super) fn is_bend(&self, point: usize) -> bool {
        point >= self.tables
    }
}

/// By point: where the pairs that end in it begin, and where those that begin in it end.
fn sides(points: usize, pairs: &[(usize, usize)]) -> (Adjacent, Adjacent) {
    let (mut left_of, mut right_of) = (vec![Vec::new(); points], vec![Vec::new(); points]);
    for (left, right) in pairs {
        left_of[*right].push(*left);
        right_of[*left].push(*right);
    }
    (left_of, right_of)
}

/// Turns round each pair that closes a circle, by depth-first search from tables that refer to nobody.
fn cut_open(tables: usize, ends: &[(usize, usize)]) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Not,
        Open,
        Done,
    }
    let (parents, children) = sides(tables, ends);
    let (mut roots, others): (Vec<usize>, Vec<usize>) =
        (0..tables).partition(|table| parents[*table].is_empty());
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
            let Some(child) = children[table].get(at).copied() else {
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
    let (parents, children) = sides(tables, ends);
    let linked = |table: &usize| !(parents[*table].is_empty() && children[*table].is_empty());
    let mut open: Vec<usize> = (0..tables).filter(linked).collect();
    let most = column_length(open.len());
    open.sort_by_key(|table| children[*table].is_empty());
    let mut layer: Vec<Option<usize>> = vec![None; tables];
    let mut taken: Vec<usize> = Vec::new();
    while !open.is_empty() {
        let ready = |table: &usize| parents[*table].iter().all(|left| layer[*left].is_some());
        // There is no circle, so one of them always is.
        let Some(at) = open.iter().position(ready) else { break };
        let table = open.remove(at);
        let last = parents[table].iter().filter_map(|left| layer[*left]).max();
        let mut column = last.map_or(0, |right_of| right_of + 1);
        while taken.get(column).is_some_and(|number| *number >= most) {
            column += 1;
        }
        if taken.len() <= column {
            taken.resize(column + 1, 0);
        }
        taken[column] += 1;
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
    let (parents, children) = sides(layer.len(), ends);
    for table in 0..layer.len() {
        let refers = !parents[table].is_empty();
        let nearest = children[table].iter().filter_map(|right| layer[*right]).min();
        let (Some(nearest), false) = (nearest, refers) else { continue };
        let column = nearest.saturating_sub(1);
        let room = layer.iter().filter(|other| **other == Some(column)).count() < most;
        if room && layer[table].is_some_and(|now| now < column) {
            layer[table] = Some(column);
        }
    }
}
