//! JSON documents: leaves are masked where they stand, every other byte stays.
//!
//! ```text
//!   document ─► rewrite: one pass, states of all paths at once ─┬─► bytes in between, copied as ranges
//!                                                               └─► leaves: decoded, masked, encoded
//! ```
//!
//! The document is never made into a tree: whitespace, duplicate members, order and the digits of numbers stay. Which
//! of several paths decides, `waxwork_core::plan::JsonSpec` says.

mod reader;
mod rewrite;

pub(crate) use rewrite::JsonScratch;

use crate::column::Scratch;
use crate::error::MaskErrorKind;
use crate::key::Keyring;
use crate::text::{Room, TextMask, option_error, phrase::count_chars};
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::{JsonAction, KeyForm, MaskSpec};
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
    Mask(Box<TextMask>),
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
            let rest = Leaf::Mask(Box::new(TextMask::compile(
                keyring,
                spec,
                Room::UNLIMITED.limited(spec.max_chars),
            )?));
            let whole = spec.kind == MaskKind::Redact;
            return Ok(Self { paths: Vec::new(), rest, whole, injective: whole && spec.injective, room });
        }
        let json = spec.json.as_ref().ok_or_else(|| option_error(spec.kind, "paths", "they are missing"))?;
        let steps = |path: &str| {
            let path = JsonPath::parse(path);
            path.map(|path| path.steps).map_err(|error| option_error(spec.kind, "paths", &error.detail))
        };
        let mut paths = Vec::new();
        for (path, action) in &json.paths {
            paths.push(Path { steps: steps(path)?, leaf: Leaf::compile(keyring, action)?, kept_key: None });
        }
        for (path, form) in &json.kept_keys {
            paths.push(Path { steps: steps(path)?, leaf: Leaf::Keep, kept_key: Some(*form) });
        }
        // Stable: of equals the first in the rule file stays first.
        paths.sort_by_key(|path| (!path.names_every_step(), matches!(path.leaf, Leaf::Keep)));
        Ok(Self { paths, rest: Leaf::compile(keyring, &json.rest)?, whole: false, injective: false, room })
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
            let Scratch { out, json, .. } = scratch;
            if rewrite::rewrite(self, document, by, json, out)? && self.fits(&scratch.out) {
                return Ok(());
            }
            scratch.malformed += 1;
        }
        scratch.out.clear();
        if let (true, Leaf::Mask(mask)) = (self.injective, &self.rest) {
            scratch.input.clear();
            mask.write(document, by, &mut scratch.input)?;
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
    fn compile(keyring: &Keyring, action: &JsonAction) -> Result<Self, MaskErrorKind> {
        Ok(match action {
            JsonAction::Keep => Self::Keep,
            JsonAction::Null => Self::Null,
            JsonAction::Mask(spec) if spec.kind == MaskKind::Null => Self::Null,
            JsonAction::Mask(spec) => Self::Mask(Box::new(TextMask::compile(
                keyring,
                spec,
                Room::UNLIMITED.limited(spec.max_chars),
            )?)),
        })
    }
}
