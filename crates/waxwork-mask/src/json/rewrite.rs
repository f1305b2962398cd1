//! One pass over a document: all paths step forward together as it is read, without recursion, so that no depth of
//! nesting can exhaust the stack.

use super::reader::{Malformed, Reader, Scalar, unescape, write_string};
use super::{JsonMask, Leaf, LeafKeys};
use crate::error::MaskErrorKind;
use crate::literal::Literal;
use crate::permutation::uuid;
use crate::text::integer;
use std::ops::Range;
use waxwork_core::plan::KeyForm;
use waxwork_core::rules::json_path::JsonStep;

/// Buffers that serve document after document.
#[derive(Default)]
pub(crate) struct JsonScratch {
    text: Vec<u8>,
    masked: Vec<u8>,
    /// Positions in paths, of all open containers from the outermost on.
    states: Vec<State>,
    containers: Vec<Container>,
}

/// A path (by its place in the rule) that has been followed so many steps.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    path: usize,
    step: usize,
}

/// An object or array that is open.
#[derive(Clone)]
struct Container {
    object: bool,
    index: usize,
    /// Where its states are.
    states: Range<usize>,
    /// The path that decides over what is in it, as long as none ends nearer.
    decided: usize,
    /// All of it is replaced by `null`, which stands in the output already.
    dropped: bool,
}

/// Where the rewriting stands.
struct Rewrite<'a> {
    mask: &'a JsonMask,
    keys: LeafKeys<'a>,
    reader: Reader<'a>,
    /// Bytes of the document that are in the output, or left out of it.
    copied: usize,
    scratch: &'a mut JsonScratch,
    out: &'a mut Vec<u8>,
}

/// Why a document is not rewritten.
enum Stop {
    Malformed,
    Mask(MaskErrorKind),
}

impl From<Malformed> for Stop {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// No path.
const REST: usize = usize::MAX;

/// Appends the masked document; `false` when it is not JSON, and what was appended is of no use.
pub(super) fn rewrite(
    mask: &JsonMask,
    document: &[u8],
    keys: LeafKeys<'_>,
    scratch: &mut JsonScratch,
    out: &mut Vec<u8>,
) -> Result<bool, MaskErrorKind> {
    scratch.states.clear();
    scratch.containers.clear();
    scratch.states.extend((0..mask.paths.len()).map(|path| State { path, step: 0 }));
    let mut rewrite = Rewrite { mask, keys, reader: Reader::new(document), copied: 0, scratch, out };
    match rewrite.document() {
        Ok(()) => {
            let rest = rewrite.copied;
            out.extend_from_slice(&document[rest..]);
            Ok(true)
        }
        Err(Stop::Malformed) => Ok(false),
        Err(Stop::Mask(error)) => Err(error),
    }
}

impl Rewrite<'_> {
    fn document(&mut self) -> Result<(), Stop> {
        let mut states = 0..self.scratch.states.len();
        loop {
            // At a value, to which `states` lead.
            let opened = self.value(states)?;
            if !(opened && self.enter()?) {
                loop {
                    let Some(container) = self.scratch.containers.last() else {
                        return if self.reader.peek().is_none() { Ok(()) } else { Err(Stop::Malformed) };
                    };
                    self.scratch.states.truncate(container.states.end);
                    let close = if container.object { b'}' } else { b']' };
                    if self.reader.take(b',') {
                        break;
                    }
                    self.reader.expect(close)?;
                    self.leave();
                }
            }
            states = self.step()?;
        }
    }

    /// Passes a scalar, or the bracket that opens a container.
    fn value(&mut self, states: Range<usize>) -> Result<bool, Stop> {
        let decided = self.decided(&states);
        let dropping = self.scratch.containers.last().is_some_and(|container| container.dropped);
        let object = match self.reader.peek() {
            Some(b'{') => true,
            Some(b'[') => false,
            _ => {
                let (scalar, range) = self.reader.scalar()?;
                if !(dropping || self.is_kept_key(&states, scalar, &range)) {
                    self.leaf(decided, scalar, range)?;
                }
                return Ok(false);
            }
        };
        let drops = !dropping && self.drops(decided);
        if drops {
            self.replace(self.reader.at()..self.reader.at(), b"null");
        }
        self.reader.expect(if object { b'{' } else { b'[' })?;
        let dropped = dropping || drops;
        self.scratch.containers.push(Container { object, index: 0, states, decided, dropped });
        Ok(true)
    }

    /// Whether the container just opened has anything in it; if not, it is closed.
    fn enter(&mut self) -> Result<bool, Stop> {
        let object = self.scratch.containers.last().is_some_and(|container| container.object);
        let empty = self.reader.take(if object { b'}' } else { b']' });
        if empty {
            self.leave();
        }
        Ok(!empty)
    }

    /// Closes a container whose bracket has been passed.
    fn leave(&mut self) {
        let closed = self.scratch.containers.pop();
        let outer = self.scratch.containers.last().is_some_and(|container| container.dropped);
        if closed.is_some_and(|container| container.dropped) && !outer {
            self.copied = self.reader.at();
        }
    }

    /// Goes on to the next member or element, and finds the states that lead to it.
    fn step(&mut self) -> Result<Range<usize>, Stop> {
        let start = self.scratch.states.len();
        let JsonScratch { states, containers, text, .. } = &mut *self.scratch;
        let Some(container) = containers.last_mut() else { return Err(Stop::Malformed) };
        let place = if container.object {
            let key = self.reader.string()?;
            self.reader.expect(b':')?;
            Place::Member(plain(self.reader.slice(key), text))
        } else {
            container.index += 1;
            Place::Element(container.index - 1)
        };
        for at in container.states.clone() {
            let State { path, step } = states[at];
            let Some(next) = self.mask.paths[path].steps.get(step) else { continue };
            let stays = matches!(next, JsonStep::Descendant(_)).then_some(State { path, step });
            let moves = leads_to(next, place).then_some(State { path, step: step + 1 });
            for state in stays.into_iter().chain(moves) {
                // `..a..a` reaches one state on many ways.
                if !states[start..].contains(&state) {
                    states.push(state);
                }
            }
        }
        Ok(start..states.len())
    }

    /// The first path that ends here, or the one that decides over what this is in.
    fn decided(&self, states: &Range<usize>) -> usize {
        let rules = self.ends(states).filter(|path| self.mask.paths[*path].kept_key.is_none());
        let outer = || self.scratch.containers.last().map_or(REST, |container| container.decided);
        rules.min().unwrap_or_else(outer)
    }

    /// The paths that end here.
    fn ends(&self, states: &Range<usize>) -> impl Iterator<Item = usize> {
        let ends = |state: &&State| state.step == self.mask.paths[state.path].steps.len();
        self.scratch.states[states.clone()].iter().filter(ends).map(|state| state.path)
    }

    /// Whether a leaf is a reference to a key that is kept: it stands in its place, and has its form.
    fn is_kept_key(&self, states: &Range<usize>, scalar: Scalar, range: &Range<usize>) -> bool {
        let text = match scalar {
            Scalar::Number => self.reader.slice(range.clone()),
            Scalar::String => self.reader.slice(range.start + 1..range.end - 1),
            Scalar::Bool | Scalar::Null => return false,
        };
        self.ends(states).filter_map(|path| self.mask.paths[path].kept_key).any(|form| match form {
            KeyForm::Integer => integer(text).is_some(),
            KeyForm::Uuid => uuid::parse_any_case(text).is_some(),
            KeyForm::Any => true,
        })
    }

    /// Whether a container becomes `null` as a whole, its keys with it: a path that ends here says so. Paths that
    /// lead further inside do not matter, or `$..note` would bring out the keys that `$.friends` hides.
    fn drops(&self, decided: usize) -> bool {
        decided != REST && matches!(self.mask.action(decided), Leaf::Null)
    }

    fn leaf(&mut self, decided: usize, scalar: Scalar, range: Range<usize>) -> Result<(), Stop> {
        let mask = self.mask;
        let leaf = match mask.action(decided) {
            Leaf::Keep => return Ok(()),
            Leaf::Null => {
                self.replace(range, b"null");
                return Ok(());
            }
            Leaf::Mask(_) if matches!(scalar, Scalar::Bool | Scalar::Null) => return Ok(()),
            Leaf::Mask(leaf) => leaf,
        };
        self.copy_to(range.start);
        self.copied = range.end;
        let JsonScratch { text, masked, .. } = &mut *self.scratch;
        let number = scalar == Scalar::Number;
        let input = if number {
            self.reader.slice(range)
        } else {
            plain(self.reader.slice(range.start + 1..range.end - 1), text)
        };
        masked.clear();
        leaf.mask.write(input, self.keys.of(leaf), masked).map_err(Stop::Mask)?;
        if number && leaf.mask.keeps_numbers() && Literal::is_json(masked) {
            self.out.extend_from_slice(masked);
        } else {
            write_string(masked, self.out);
        }
        Ok(())
    }

    /// Puts other bytes in the place of a range.
    fn replace(&mut self, range: Range<usize>, bytes: &[u8]) {
        self.copy_to(range.start);
        self.out.extend_from_slice(bytes);
        self.copied = range.end;
    }

    fn copy_to(&mut self, end: usize) {
        self.out.extend_from_slice(self.reader.slice(self.copied..end));
        self.copied = end;
    }
}

/// Where a value stands in its container.
#[derive(Clone, Copy)]
enum Place<'a> {
    Member(&'a [u8]),
    Element(usize),
}

fn leads_to(step: &JsonStep, place: Place<'_>) -> bool {
    match (step, place) {
        (JsonStep::Member(name) | JsonStep::Descendant(name), Place::Member(key)) => name.as_bytes() == key,
        (JsonStep::AnyMember, Place::Member(_)) | (JsonStep::AnyElement, Place::Element(_)) => true,
        (JsonStep::Element(index), Place::Element(at)) => *index as usize == at,
        _ => false,
    }
}

/// The characters of a string, in `text` where escapes had to be undone.
fn plain<'a>(string: &'a [u8], text: &'a mut Vec<u8>) -> &'a [u8] {
    if !string.contains(&b'\\') {
        return string;
    }
    text.clear();
    unescape(string, text);
    text
}
