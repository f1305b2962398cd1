//! Coordinates: columns from left to right, and in each column every point as near to its neighbours as the others of the
//! column let it.

use super::layers::{Adjacent, Layers};

/// Between two columns, at least: room for lines to bend and for their numbers.
const COLUMN_GAP: f64 = 96.0;
/// Between two tables of a column.
const TABLE_GAP: f64 = 18.0;
/// Between a line that passes and what is beside it.
const BEND_GAP: f64 = 9.0;
/// Times that points are drawn to their neighbours.
const SWEEPS: usize = 16;

/// Where everything stands; the origin is the upper left corner of the drawing.
#[derive(Debug)]
pub(super) struct Places {
    sizes: Vec<(f64, f64)>,
    /// Left edge of the point's column, or of the table itself.
    left: Vec<f64>,
    /// Middle of the point.
    middle: Vec<f64>,
    /// Width and height of all.
    pub(super) extent: (f64, f64),
}

impl Places {
    /// `columns` in order, and the tables' sizes.
    pub(super) fn new(layers: &Layers, columns: &[Vec<usize>], sizes: &[(f64, f64)]) -> Self {
        let points = layers.layer.len();
        let mut places = Self {
            sizes: sizes.to_vec(),
            left: vec![0.0; points],
            middle: vec![0.0; points],
            extent: (0.0, 0.0),
        };
        places.sizes.resize(points, (0.0, 0.0));
        places.put_columns(layers, columns);
        let neighbours = neighbours(layers);
        for sweep in 0..SWEEPS {
            for step in 0..columns.len() {
                let at = if sweep % 2 == 0 { step } else { columns.len() - 1 - step };
                places.settle(layers, &columns[at], |point| &neighbours[point]);
            }
        }
        let top = columns.iter().flatten().map(|point| places.top(*point)).fold(f64::INFINITY, f64::min);
        places.middle.iter_mut().for_each(|middle| *middle -= if top.is_finite() { top } else { 0.0 });
        let bottoms = (0..points).map(|point| places.middle[point] + places.sizes[point].1 / 2.0);
        places.extent.1 = if columns.is_empty() { 0.0 } else { bottoms.fold(0.0, f64::max) };
        places.put_lonely(layers);
        places
    }

    fn put_columns(&mut self, layers: &Layers, columns: &[Vec<usize>]) {
        let mut left = 0.0;
        for column in columns {
            let width = column.iter().map(|point| self.sizes[*point].0).fold(0.0, f64::max);
            column.iter().for_each(|point| self.left[*point] = left);
            // A bend is a straight piece across its column.
            column
                .iter()
                .filter(|point| layers.is_bend(**point))
                .for_each(|point| self.sizes[*point].0 = width);
            self.extent.0 = left + width;
            left += width + COLUMN_GAP + 2.0 * (column.len() as f64);
            self.settle(layers, column, |_| &[]);
        }
    }

    /// Puts a column's points as near to the mean of those that draw them as their order and distances allow: isotonic
    /// regression by pooling (Ayer and others, 1955).
    fn settle<'a>(&mut self, layers: &Layers, column: &[usize], drawn_to: impl Fn(usize) -> &'a [usize]) {
        let mut offset = 0.0;
        let mut pools: Vec<Pool> = Vec::new();
        for (rank, point) in column.iter().enumerate() {
            if let Some(above) = rank.checked_sub(1).map(|above| column[above]) {
                offset += self.distance(layers, above, *point);
            }
            let near = drawn_to(*point);
            let mean = near.iter().map(|other| self.middle[*other]).sum::<f64>() / near.len().max(1) as f64;
            let wish = if near.is_empty() { self.middle[*point] } else { mean };
            // A bend out of line is seen more than a table out of the middle.
            let weight = if layers.is_bend(*point) { 3.0 } else { 1.0 };
            pools.push(Pool { sum: (wish - offset) * weight, weight, points: vec![(*point, offset)] });
            while let [.., above, below] = &pools[..] {
                if above.mean() <= below.mean() {
                    break;
                }
                if let (Some(below), Some(above)) = (pools.pop(), pools.last_mut()) {
                    above.join(below);
                }
            }
        }
        for pool in pools {
            let mean = pool.mean();
            pool.points.into_iter().for_each(|(point, offset)| self.middle[point] = mean + offset);
        }
    }

    /// Between the middles of two neighbours of a column.
    fn distance(&self, layers: &Layers, above: usize, below: usize) -> f64 {
        let gap = if layers.is_bend(above) || layers.is_bend(below) { BEND_GAP } else { TABLE_GAP };
        self.sizes[above].1.midpoint(self.sizes[below].1) + gap
    }

    /// Tables without a line stand in rows beneath.
    fn put_lonely(&mut self, layers: &Layers) {
        let width = self.extent.0.max(900.0);
        let gap = if self.extent.1 > 0.0 { 3.0 * TABLE_GAP } else { 0.0 };
        let (mut x, mut y, mut row) = (0.0, self.extent.1 + gap, 0.0_f64);
        for table in (0..layers.tables).filter(|table| layers.layer[*table].is_none()) {
            let (wide, high) = self.sizes[table];
            if x > 0.0 && x + wide > width {
                (x, y, row) = (0.0, y + row + TABLE_GAP, 0.0);
            }
            (self.left[table], self.middle[table]) = (x, y + high / 2.0);
            row = row.max(high);
            x += wide + TABLE_GAP;
            self.extent = (self.extent.0.max(x - TABLE_GAP), y + row);
        }
    }

    fn top(&self, point: usize) -> f64 {
        self.middle[point] - self.sizes[point].1 / 2.0
    }

    /// Upper left corner of a table.
    pub(super) fn corner(&self, table: usize) -> (f64, f64) {
        (self.left[table], self.top(table))
    }

    /// Where a point's left side, right side and middle are.
    pub(super) fn across(&self, point: usize) -> (f64, f64, f64) {
        (self.left[point], self.left[point] + self.sizes[point].0, self.middle[point])
    }
}

/// Neighbours of a column that touch, and so move together.
struct Pool {
    /// Of their wishes, by weight.
    sum: f64,
    weight: f64,
    /// Each point with its distance from the pool's first.
    points: Vec<(usize, f64)>,
}

impl Pool {
    fn mean(&self) -> f64 {
        self.sum / self.weight
    }

    fn join(&mut self, below: Pool) {
        self.sum += below.sum;
        self.weight += below.weight;
        self.points.extend(below.points);
    }
}

/// By point: its neighbours on both sides, in the order of the lines.
fn neighbours(layers: &Layers) -> Adjacent {
    let mut neighbours = vec![Vec::new(); layers.layer.len()];
    for (left, right) in &layers.lines {
        neighbours[*left].push(*right);
        neighbours[*right].push(*left);
    }
    neighbours
}
