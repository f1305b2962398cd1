//! The order of each column from top to bottom, in which few lines cross.

use super::layers::{Adjacent, Layers};

/// Times that all columns are ordered, each by its neighbours.
const SWEEPS: usize = 24;

/// The points of each column from top to bottom.
pub(super) fn order(layers: &Layers) -> Vec<Vec<usize>> {
    let width = layers.layer.iter().flatten().max().map_or(0, |last| last + 1);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); width];
    for (point, layer) in layers.layer.iter().enumerate() {
        if let Some(layer) = layer {
            columns[*layer].push(point);
        }
    }
    let (left_of, right_of) = layers.sides();
    let (mut best, mut fewest) = (columns.clone(), crossings(layers, &columns));
    for sweep in 0..SWEEPS {
        let rightward = sweep % 2 == 0;
        for step in 1..width {
            let at = if rightward { step } else { width - 1 - step };
            by_neighbours(layers, &mut columns, at, if rightward { &left_of } else { &right_of });
        }
        let now = crossings(layers, &columns);
        if now < fewest {
            (best, fewest) = (columns.clone(), now);
        }
    }
    best
}

/// By point: where it stands in its column.
fn ranks(layers: &Layers, columns: &[Vec<usize>]) -> Vec<usize> {
    let mut ranks = vec![0; layers.layer.len()];
    columns
        .iter()
        .for_each(|column| column.iter().enumerate().for_each(|(rank, point)| ranks[*point] = rank));
    ranks
}

/// Orders a column by the mean place of each point's neighbours in the column before; who has none stays.
fn by_neighbours(layers: &Layers, columns: &mut [Vec<usize>], at: usize, before: &Adjacent) {
    let ranks = ranks(layers, columns);
    let place = |point: usize| {
        let sum: usize = before[point].iter().map(|end| ranks[*end]).sum();
        match before[point].len() {
            0 => ranks[point] as f64,
            number => sum as f64 / number as f64,
        }
    };
    let mut keyed: Vec<(f64, usize)> = columns[at].iter().map(|point| (place(*point), *point)).collect();
    keyed.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    columns[at] = keyed.into_iter().map(|(_, point)| point).collect();
}

/// Pairs of lines that cross.
fn crossings(layers: &Layers, columns: &[Vec<usize>]) -> usize {
    let ranks = ranks(layers, columns);
    let mut by_column: Vec<Vec<(usize, usize)>> = vec![Vec::new(); columns.len()];
    for (left, right) in &layers.lines {
        if let Some(column) = layers.layer[*left] {
            by_column[column].push((ranks[*left], ranks[*right]));
        }
    }
    let pairs = |lines: &Vec<(usize, usize)>| {
        let crosses = |one: &(usize, usize), other: &(usize, usize)| {
            (one.0 < other.0 && one.1 > other.1) || (one.0 > other.0 && one.1 < other.1)
        };
        let later =
            |at: usize| lines[at + 1..].iter().filter(move |other| crosses(&lines[at], other)).count();
        (0..lines.len()).map(later).sum::<usize>()
    };
    by_column.iter().map(pairs).sum()
}
