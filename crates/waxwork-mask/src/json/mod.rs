//! JSON documents: leaves are masked where they stand, every other byte stays.
//!
//! ```text
//!   document ─► rewrite: one pass, states of all paths at once ─┬─► bytes in between, copied as ranges
//!                                                               └─► leaves: decoded, masked, encoded
//! ```
//!
//! The document is never made into a tree: whitespace, duplicate members, order and the digits of numbers stay. Which
//! of several paths decides, `waxwork_core::plan::JsonSpec` says.

mod pairs;
mod reader;
mod rewrite;

pub(crate) use pairs::PairsMask;
pub(crate) use rewrite::JsonScratch;

use crate::column::Scratch;
use crate::error::MaskErrorKind;
use crate::key::Keyring;
use crate::text::{Room, TextMask, option_error, phrase::count_chars};
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::{By, JsonAction, KeyForm, MaskSpec};
use waxwork_core::rules::json_path::{JsonPath, JsonStep};

/// A `json` mask, or a text mask over all leaves of a document.
pub(crate) struct JsonMask {
    /// The first of those that end at one place decides.
    paths: Vec<Path>,
    rest: Leaf,
    /// `text.redact` on a document leaves nothing of it, not even its members' names.
    whole: bool,
    /// `text.redact` on a unique document: a code of all of it.
    injective: bool,
    room: Room,
}

/// A path with what happens to the leaves that it leads to.
struct Path {
    steps: Vec<JsonStep>,
    leaf: Leaf,
    /// It leads to references to a kept key, and says nothing of leaves that have another form.
    kept_key: Option<KeyForm>,
}

/// What happens to a leaf.
pub(crate) enum Leaf {
    Keep,
    Null,
    Mask(Box<LeafMask>),
}

/// A leaf's mask with what it is keyed by.
pub(crate) struct LeafMask {
    pub(crate) mask: TextMask,
    /// Its place among [`MaskSpec::leaf_bys`]; without one it is keyed by what the column is.
    pub(crate) by: Option<usize>,
}

/// What the masks of a document's leaves are keyed by in one row.
#[derive(Clone, Copy)]
pub(crate) struct LeafKeys<'a> {
    /// What the column is.
    pub(crate) column: Option<u64>,
    /// What leaves are, in the order of [`MaskSpec::leaf_bys`].
    pub(crate) leaves: &'a [Option<u64>],
}

/// What `text.redact` makes of a document; the second is for documents that say the same.
const REDACTED: [&[u8]; 2] = [b"\"[redacted]\"", b"\"[removed]\""];

impl JsonMask {
    /// The mask of a spec; `room` is that of the text column that holds the document.
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        if room.chars < REDACTED[0].len() {
            return Err(crate::text::short_error(spec.kind, REDACTED[0].len(), room));
        }
        if spec.kind != MaskKind::Json {
            let rest = Leaf::mask(keyring, spec, &[])?;
            let whole = spec.kind == MaskKind::Redact;
            return Ok(Self { paths: Vec::new(), rest, whole, injective: whole && spec.injective, room });
        }
        let json = spec.json.as_ref().ok_or_else(|| option_error(spec.kind, "paths", "they are missing"))?;
        let steps = |path: &str| {
            let path = JsonPath::parse(path);
            path.map(|path| path.steps).map_err(|error| option_error(spec.kind, "paths", &error.detail))
        };
        let bys = spec.leaf_bys();
        let mut paths = Vec::new();
        for (path, action) in &json.paths {
            let leaf = Leaf::compile(keyring, action, &bys)?;
            paths.push(Path { steps: steps(path)?, leaf, kept_key: None });
        }
        for (path, form) in &json.kept_keys {
            paths.push(Path { steps: steps(path)?, leaf: Leaf::Keep, kept_key: Some(*form) });
        }
        // Stable: of equals the first in the rule file stays first.
        paths.sort_by_key(|path| (!path.names_every_step(), matches!(path.leaf, Leaf::Keep)));
        let rest = Leaf::compile(keyring, &json.rest, &bys)?;
        Ok(Self { paths, rest, whole: false, injective: false, room })
    }

    /// Puts the masked document into `scratch.out`. What is no JSON is replaced whole, and counted: it may be anything.
    ///
    /// # Errors
    /// When a leaf is outside what its mask takes.
    pub(crate) fn write(
        &self,
        document: &[u8],
        by: Option<u64>,
        scratch: &mut Scratch,
    ) -> Result<(), MaskErrorKind> {
        if document.is_empty() {
            return Ok(());
        }
        if !self.whole {
            let Scratch { out, json, leaf_bys, .. } = scratch;
            let keys = LeafKeys { column: by, leaves: leaf_bys };
            if rewrite::rewrite(self, document, keys, json, out)? && self.fits(&scratch.out) {
                return Ok(());
            }
            scratch.malformed += 1;
        }
        scratch.out.clear();
        if let (true, Leaf::Mask(leaf)) = (self.injective, &self.rest) {
            scratch.input.clear();
            leaf.mask.write(document, by, &mut scratch.input)?;
            reader::write_string(&scratch.input, &mut scratch.out);
            return Ok(());
        }
        scratch.out.extend_from_slice(if document == REDACTED[0] { REDACTED[1] } else { REDACTED[0] });
        Ok(())
    }

    /// What a path does, or the rest where there is none.
    fn action(&self, path: usize) -> &Leaf {
        self.paths.get(path).map_or(&self.rest, |path| &path.leaf)
    }

    fn fits(&self, document: &[u8]) -> bool {
        self.room.chars == usize::MAX || count_chars(document) <= self.room.chars
    }
}

impl Path {
    fn names_every_step(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, JsonStep::Member(_) | JsonStep::Element(_)))
    }
}

impl Leaf {
    fn compile(keyring: &Keyring, action: &JsonAction, bys: &[&By]) -> Result<Self, MaskErrorKind> {
        match action {
            JsonAction::Keep => Ok(Self::Keep),
            JsonAction::Null => Ok(Self::Null),
            JsonAction::Mask(spec) if spec.kind == MaskKind::Null => Ok(Self::Null),
            JsonAction::Mask(spec) => Self::mask(keyring, spec, bys),
        }
    }

    fn mask(keyring: &Keyring, spec: &MaskSpec, bys: &[&By]) -> Result<Self, MaskErrorKind> {
        let mask = TextMask::compile(keyring, spec, Room::UNLIMITED.limited(spec.max_chars))?;
        let by = spec.by.as_ref().and_then(|by| bys.iter().position(|known| *known == by));
        Ok(Self::Mask(Box::new(LeafMask { mask, by })))
    }
}

impl LeafKeys<'_> {
    /// What a leaf's mask is keyed by.
    fn of(self, leaf: &LeafMask) -> Option<u64> {
        leaf.by.map_or(self.column, |at| self.leaves.get(at).copied().flatten())
    }
}
