//! The drawing: boxes with a bar for the part that is copied, lines as thick as what they bring.

use super::layers::Layers;
use super::places::Places;
use super::{Edge, Graph, Node, NodeKind};
use std::fmt::Write;

const MARGIN: f64 = 28.0;
const TITLE_HEIGHT: f64 = 44.0;
const LEGEND_HEIGHT: f64 = 54.0;
const BOX_HEIGHT: f64 = 48.0;
const PADDING: f64 = 12.0;
/// Characters of a name that are shown; the whole name is said where a pointer rests on it.
const NAME_MOST: usize = 34;

const STYLE: &str = "\
text{font-family:'DejaVu Sans',Verdana,'Segoe UI',sans-serif;fill:#1d2733}\
.title{font-size:17px;font-weight:600}.name{font-size:13px;font-weight:600}.caption{font-size:11px;fill:#51606f}\
.node rect.box{stroke-width:1.2}.seed .box{fill:#fff3da;stroke:#d08a1d}.whole .box{fill:#e6f4ea;stroke:#4c9a63}\
.chosen .box{fill:#e9f1fb;stroke:#5b87bd}.absent .box{fill:#f4f5f6;stroke:#c5cbd1;stroke-dasharray:4 3}\
.seed .bar{fill:#d08a1d}.whole .bar{fill:#4c9a63}.chosen .bar{fill:#5b87bd}.track{fill:#fff;fill-opacity:.75}\
.absent text{fill:#9aa4ae}.edge path{fill:none}.down path.line{stroke:#c8552d}.up path.line{stroke:#7d93aa}\
.idle path.line{stroke:#c9d0d6;stroke-dasharray:5 4}.down .tip{fill:#c8552d}.up .tip{fill:#7d93aa}.idle .tip{fill:#c9d0d6}\
.count,.halo{font-size:11px;font-weight:600}.count{fill:#a03d19}.up .count{fill:#51606f}\
.halo{fill:#fff;stroke:#fff;stroke-width:3.5px;stroke-linejoin:round}\
.quiet path.line{stroke:#b4c0cc}.quiet .tip{fill:#b4c0cc}.edge:hover path.line{stroke:#111}";

/// Width and height of a table's box.
pub(super) fn size(node: &Node) -> (f64, f64) {
    let name = width(&shortened(&node.name), 8.6);
    let caption = width(&node.caption, 6.6);
    ((name.max(caption) + 2.0 * PADDING).max(128.0), BOX_HEIGHT)
}

/// An upper estimate: nobody knows the font. Letters of East Asian scripts are twice as wide.
fn width(text: &str, letter: f64) -> f64 {
    text.chars().map(|c| if ('\u{1100}'..='\u{ffdc}').contains(&c) { 1.7 * letter } else { letter }).sum()
}

fn shortened(name: &str) -> String {
    let mut letters = name.chars();
    let mut text: String = letters.by_ref().take(NAME_MOST).collect();
    if letters.next().is_some() {
        text.pop();
        text.push('…');
    }
    text
}

/// The whole picture; `edges` in the order of the layers' paths, those of one table to itself apart.
pub(super) fn draw(graph: &Graph, edges: &[Edge], layers: &Layers, places: &Places) -> String {
    let (wide, high) = places.extent;
    let width = (wide + 2.0 * MARGIN).max(960.0).ceil();
    let height = (high + TITLE_HEIGHT + LEGEND_HEIGHT + 2.0 * MARGIN).ceil();
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text class=\"title\" x=\"{MARGIN}\" y=\"{:.0}\">{}</text>\n<g transform=\"translate({MARGIN} {})\">\n",
        escaped(&graph.title),
        MARGIN + 8.0,
        escaped(&graph.title),
        MARGIN + TITLE_HEIGHT - 10.0
    );
    // Writing to a String cannot fail, here and below.
    let _ = lines(&mut out, edges, if graph.measured { "+" } else { "≤ " }, layers, places);
    for (table, node) in graph.nodes.iter().enumerate() {
        let _ = table_box(&mut out, node, places.corner(table), size(node));
    }
    out.push_str("</g>\n");
    legend(&mut out, height - LEGEND_HEIGHT + 12.0);
    out.push_str("</svg>\n");
    out
}

/// Thin lines first, so that what brings most lies above.
fn lines(out: &mut String, edges: &[Edge], sign: &str, layers: &Layers, places: &Places) -> std::fmt::Result {
    let mut paths = layers.paths.iter();
    let mut drawn: Vec<(&Edge, Option<&Vec<usize>>)> = Vec::new();
    for edge in edges {
        drawn.push((edge, if edge.child == edge.parent { None } else { paths.next() }));
    }
    drawn.sort_by_key(|(edge, _)| edge.children.max(edge.parents));
    let ports = Ports::new(layers, places);
    let mut counts = String::new();
    for (edge, path) in drawn {
        let thick = thickness(edge.children.max(edge.parents));
        let (shape, tip, at) = match path {
            Some(path) => ports.curve(edge, path, places, thick),
            None => circle(places.corner(edge.child), places.across(edge.child)),
        };
        let class = class(edge);
        write!(out, "<g class=\"edge {class}\"><title>{}</title>", escaped(&edge.about))?;
        writeln!(out, "<path class=\"line\" d=\"{shape}\" stroke-width=\"{thick:.1}\"/>{tip}</g>")?;
        let brings = edge.children.max(edge.parents);
        if brings > 0 {
            let (x, y) = at;
            let text = format!("{sign}{}", short(brings));
            let place = format!("x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\"");
            // The halo is a text of its own: not every program paints a stroke beneath its letters.
            writeln!(
                counts,
                "<g class=\"{class}\"><text class=\"halo\" {place}>{text}</text>\
                 <text class=\"count\" {place}>{text}</text></g>"
            )?;
        }
    }
    // Above all lines.
    out.push_str(&counts);
    Ok(())
}

fn class(edge: &Edge) -> &'static str {
    match edge {
        _ if edge.children > 0 && edge.children >= edge.parents => "down",
        _ if edge.parents > 0 => "up",
        _ if edge.followed => "quiet",
        _ => "idle",
    }
}

/// From 1.2 for nothing to 9 for a thousand million rows.
fn thickness(rows: u64) -> f64 {
    1.2 + (rows as f64 + 1.0).log10().min(9.0) * 0.87
}

/// Where lines meet the sides of boxes: spread over a side in the order of their other ends.
struct Ports(std::collections::BTreeMap<(usize, usize), (f64, f64)>);

impl Ports {
    fn new(layers: &Layers, places: &Places) -> Self {
        let middle = |point: usize| places.across(point).2;
        let mut ports = std::collections::BTreeMap::new();
        for point in 0..layers.layer.len() {
            let mut rights: Vec<usize> =
                layers.lines.iter().filter(|(left, _)| *left == point).map(|(_, right)| *right).collect();
            let mut lefts: Vec<usize> =
                layers.lines.iter().filter(|(_, right)| *right == point).map(|(left, _)| *left).collect();
            for ends in [&mut rights, &mut lefts] {
                ends.sort_by(|one, other| middle(*one).total_cmp(&middle(*other)));
            }
            let spread = |rank: usize, of: usize| match layers.is_bend(point) {
                true => middle(point),
                false => {
                    middle(point)
                        + (rank as f64 + 1.0 - (of as f64 + 1.0) / 2.0) * (BOX_HEIGHT - 14.0)
                            / (of as f64 + 1.0)
                }
            };
            for (rank, right) in rights.iter().enumerate() {
                ports.entry((point, *right)).or_insert((0.0, 0.0)).0 = spread(rank, rights.len());
            }
            for (rank, left) in lefts.iter().enumerate() {
                ports.entry((*left, point)).or_insert((0.0, 0.0)).1 = spread(rank, lefts.len());
            }
        }
        Self(ports)
    }

    /// The line, the head at the table that is referred to, and the place for a number, beside the child.
    fn curve(
        &self,
        edge: &Edge,
        path: &[usize],
        places: &Places,
        thick: f64,
    ) -> (String, String, (f64, f64)) {
        let mut shape = String::new();
        let (mut start, mut end) = ((0.0, 0.0), (0.0, 0.0));
        for (at, pair) in path.windows(2).enumerate() {
            let (from, to) = (places.across(pair[0]).1, places.across(pair[1]).0);
            let (high, low) = self.0.get(&(pair[0], pair[1])).copied().unwrap_or_default();
            let bend = (to - from) / 2.0;
            if at == 0 {
                start = (from, high);
                let _ = write!(shape, "M{from:.1} {high:.1}");
            } else {
                let _ = write!(shape, "L{from:.1} {high:.1}");
            }
            let _ = write!(shape, "C{:.1} {high:.1} {:.1} {low:.1} {to:.1} {low:.1}", from + bend, to - bend);
            end = (to, low);
        }
        let reach = 5.0 + thick * 0.9;
        let half = 2.6 + thick * 0.55;
        // A circle that was cut open leads back: its parent is the right end.
        let parent_left = path.first() == Some(&edge.parent);
        let ((x, y), back) = if parent_left { (start, reach) } else { (end, -reach) };
        let tip = format!(
            "<path class=\"tip\" d=\"M{x:.1} {y:.1}L{:.1} {:.1}L{:.1} {:.1}Z\"/>",
            x + back,
            y - half,
            x + back,
            y + half
        );
        let number = if parent_left { (end.0 - 5.0, end.1 - 3.0) } else { (start.0 + 40.0, start.1 - 3.0) };
        (shape, tip, number)
    }
}

/// A reference of a table to itself: a loop above its upper right corner.
fn circle((_, top): (f64, f64), (_, right, _): (f64, f64, f64)) -> (String, String, (f64, f64)) {
    let shape = format!(
        "M{:.1} {top:.1}C{:.1} {:.1} {:.1} {:.1} {right:.1} {:.1}",
        right - 24.0,
        right - 24.0,
        top - 22.0,
        right + 24.0,
        top - 16.0,
        top + 12.0
    );
    let tip = format!(
        "<path class=\"tip\" d=\"M{right:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z\"/>",
        top + 12.0,
        right + 8.0,
        top + 5.0,
        right + 8.5,
        top + 12.5
    );
    (shape, tip, (right - 28.0, top - 5.0))
}

fn table_box(
    out: &mut String,
    node: &Node,
    (x, y): (f64, f64),
    (wide, high): (f64, f64),
) -> std::fmt::Result {
    let class = match node.kind {
        NodeKind::Seed => "seed",
        NodeKind::Whole => "whole",
        NodeKind::Chosen => "chosen",
        NodeKind::Absent => "absent",
    };
    writeln!(
        out,
        "<g class=\"node {class}\" transform=\"translate({x:.1} {y:.1})\"><title>{}\n{}</title>\
         <rect class=\"box\" width=\"{wide:.1}\" height=\"{high:.1}\" rx=\"7\"/>",
        escaped(&node.name),
        escaped(&node.caption)
    )?;
    let inner = wide - 2.0 * PADDING;
    write!(out, "<text class=\"name\" x=\"{PADDING}\" y=\"19\">{}</text>", escaped(&shortened(&node.name)))?;
    write!(out, "<text class=\"caption\" x=\"{PADDING}\" y=\"34\">{}</text>", escaped(&node.caption))?;
    if let Some(share) = node.share {
        let part = inner * share.clamp(0.0, 1.0);
        write!(
            out,
            "<rect class=\"track\" x=\"{PADDING}\" y=\"39.5\" width=\"{inner:.1}\" height=\"3\" rx=\"1.5\"/>"
        )?;
        write!(
            out,
            "<rect class=\"bar\" x=\"{PADDING}\" y=\"39.5\" width=\"{part:.1}\" height=\"3\" rx=\"1.5\"/>"
        )?;
    }
    out.push_str("</g>\n");
    Ok(())
}

fn legend(out: &mut String, y: f64) {
    let boxes = [
        ("seed", "seed", 0.0),
        ("whole", "taken whole", 78.0),
        ("chosen", "by references", 190.0),
        ("absent", "no rows", 312.0),
    ];
    let lines = [
        ("down", "brings children", 400.0, 4.0),
        ("up", "brings parents", 540.0, 3.0),
        ("quiet", "brings nothing", 674.0, 1.2),
        ("idle", "not followed", 806.0, 1.2),
    ];
    let _ = write!(out, "<g transform=\"translate({MARGIN} {y:.0})\">");
    for (class, text, x) in boxes {
        let _ = write!(
            out,
            "<g class=\"node {class}\"><rect class=\"box\" x=\"{x}\" y=\"0\" width=\"18\" height=\"13\" rx=\"3\"/></g>"
        );
        let _ = write!(out, "<text class=\"caption\" x=\"{}\" y=\"11\">{text}</text>", x + 24.0);
    }
    for (class, text, x, thick) in lines {
        let _ = write!(
            out,
            "<g class=\"edge {class}\"><path class=\"line\" d=\"M{x} 7h26\" stroke-width=\"{thick}\"/></g>"
        );
        let _ = write!(out, "<text class=\"caption\" x=\"{}\" y=\"11\">{text}</text>", x + 32.0);
    }
    out.push_str("</g>\n");
}

/// `950`, `12.3k`, `4.5M`.
pub fn short(number: u64) -> String {
    let (mut scaled, mut unit) = (number as f64, 0);
    while scaled >= 999.5 && unit < 4 {
        scaled /= 1000.0;
        unit += 1;
    }
    let suffix = ["", "k", "M", "G", "T"][unit];
    if unit == 0 || scaled >= 99.95 { format!("{scaled:.0}{suffix}") } else { format!("{scaled:.1}{suffix}") }
}

/// As text of XML. What XML cannot hold, and what would turn the direction of a line of text, shows as U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push('\n'),
            '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                out.push('\u{fffd}');
            }
            letter if letter.is_control() => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}
