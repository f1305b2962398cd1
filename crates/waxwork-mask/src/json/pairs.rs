//! hstore: a document of one level whose members are texts or NULL. Keys, their order and what no rule masks stay.

use super::{JsonMask, Leaf, LeafKeys};
use crate::column::Scratch;
use crate::error::MaskErrorKind;
use crate::key::Keyring;
use crate::text::{Room, option_error, type_error};
use std::borrow::Cow;
use waxwork_copy::{HstorePairs, Value};
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;
use waxwork_core::rules::json_path::JsonStep;

/// A `json` mask of hstore, whose paths name keys.
pub(crate) struct PairsMask(JsonMask);

impl PairsMask {
    /// # Errors
    /// When the mask is another one, a path does not name keys, or an option of a value's mask is wrong.
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec) -> Result<Self, MaskErrorKind> {
        if spec.kind != MaskKind::Json {
            return Err(type_error(spec.kind, "hstore"));
        }
        let mask = JsonMask::compile(keyring, spec, Room::UNLIMITED)?;
        // What leads nowhere would mask nothing, and nobody would see it.
        let leads = |steps: &[JsonStep]| {
            matches!(steps, [JsonStep::Member(_) | JsonStep::AnyMember | JsonStep::Descendant(_)])
        };
        if mask.paths.iter().any(|path| !leads(&path.steps)) {
            return Err(option_error(spec.kind, "paths", "a path into hstore is one key: $.name or $.*"));
        }
        Ok(Self(mask))
    }

    /// The pairs with their values masked; NULL stays NULL.
    ///
    /// # Errors
    /// When a value is outside what its mask takes.
    pub(crate) fn mask(
        &self,
        pairs: HstorePairs<'_>,
        by: Option<u64>,
        scratch: &Scratch,
    ) -> Result<Value<'static>, MaskErrorKind> {
        let keys = LeafKeys { column: by, leaves: &scratch.leaf_bys };
        let masked = pairs.into_iter().map(|(key, value)| {
            let value = match (self.leaf(&key), value) {
                (Leaf::Null, _) | (_, None) => None,
                (Leaf::Keep, Some(value)) => Some(value.into_owned()),
                (Leaf::Mask(leaf), Some(value)) => {
                    let mut masked = Vec::new();
                    leaf.mask.write(&value, keys.of(leaf), &mut masked)?;
                    Some(masked)
                }
            };
            Ok((Cow::Owned(key.into_owned()), value.map(Cow::Owned)))
        });
        masked.collect::<Result<_, _>>().map(Value::Hstore)
    }

    /// What happens to a key's value: the paths stand in the order in which they decide.
    fn leaf(&self, key: &[u8]) -> &Leaf {
        let names = |step: &JsonStep| match step {
            JsonStep::Member(name) | JsonStep::Descendant(name) => name.as_bytes() == key,
            _ => true,
        };
        let path = self.0.paths.iter().find(|path| path.steps.iter().all(names));
        path.map_or(&self.0.rest, |path| &path.leaf)
    }
}
