//! `id.permute` on text, and on the texts and numbers of JSON that refer to keys of other types.

use super::names::Room;
use super::phrase::Phrase;
use super::{names, option_error};
use crate::error::MaskErrorKind;
use crate::key::{Keyring, Kind, Purpose};
use crate::permutation::IntegerPermutation;
use crate::permutation::strings::StringPermutation;
use crate::permutation::uuid::{self, UuidPermutation};
use crate::prf::CodeKey;
use waxwork_core::plan::{KeyForm, MaskSpec};

pub(crate) struct TextPermutation {
    integers: Option<IntegerPermutation>,
    uuids: Option<UuidPermutation>,
    /// It stands for uuids: capital letters are no other text.
    any_case: bool,
    strings: Option<StringPermutation>,
    /// What every text over the alphabet begins with, and keeps.
    prefix: Vec<u8>,
    code: CodeKey,
    /// For everything else.
    phrase: Vec<Phrase>,
}

impl TextPermutation {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        let subkey = |kind| keyring.subkey(Purpose::Permute, &spec.domain, kind);
        let strings = match spec.alphabet() {
            None => None,
            Some(alphabet) => {
                Some(StringPermutation::new(subkey(Kind::Text), alphabet).ok_or_else(|| {
                    option_error(spec.kind, "alphabet", "it needs two characters or more, each once")
                })?)
            }
        };
        let integers = match spec.integers {
            None => None,
            Some(map) => Some(integers(keyring, spec, map)?),
        };
        // At equal length nothing can be too short.
        let phrase = if strings.is_some() { Vec::new() } else { names::injective(spec, room)? };
        let uuids = (room.chars >= uuid::CHARS).then(|| UuidPermutation::new(&subkey(Kind::Uuid)));
        let any_case = spec.key_form == Some(KeyForm::Uuid);
        let prefix = spec.options.text("prefix").unwrap_or_default().as_bytes().to_vec();
        let code = keyring.code(&spec.domain, Kind::Text);
        Ok(Self { integers, uuids, any_case, strings, prefix, code, phrase })
    }

    pub(crate) fn has_integers(&self) -> bool {
        self.integers.is_some()
    }

    /// Appends the image: of an integer an integer, of a uuid a uuid (so that JSON and text agree with the key's own
    /// column), of a text over the alphabet a text over it, of any other a code.
    pub(crate) fn write(&self, input: &[u8], out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        if let Some(strings) = &self.strings {
            let outside = || MaskErrorKind::Alphabet { length: input.len() };
            let rest = input.strip_prefix(&self.prefix[..]).ok_or_else(outside)?;
            out.extend_from_slice(&self.prefix);
            return strings.permute(rest, out).map_err(|_| outside());
        }
        if let Some(integers) = &self.integers
            && let Some(value) = integer(input)
        {
            let image = integers.permute(value).ok_or(MaskErrorKind::Window)?;
            out.extend_from_slice(image.to_string().as_bytes());
            return Ok(());
        }
        if let Some(uuids) = &self.uuids
            && let Some(value) = if self.any_case { uuid::parse_any_case(input) } else { uuid::parse(input) }
        {
            uuid::write(uuids.permute(value), out);
            return Ok(());
        }
        let code = self.code.code(input);
        if let [phrase] = &self.phrase[..] {
            phrase.write(code.dress, Some(&code), false, out);
        }
        Ok(())
    }
}

/// The permutation of a spec's integers.
pub(crate) fn integers(
    keyring: &Keyring,
    spec: &MaskSpec,
    map: waxwork_core::plan::IntegerMap,
) -> Result<IntegerPermutation, MaskErrorKind> {
    let subkey = keyring.subkey(Purpose::Permute, &spec.domain, Kind::Integer);
    IntegerPermutation::new(&subkey, map)
        .ok_or_else(|| option_error(spec.kind, "from", "window and range are not of equal length"))
}

/// A text that is an integer as PostgreSQL prints it.
pub(crate) fn integer(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let leading_zero = digits.len() > 1 && digits[0] == b'0';
    if leading_zero || !digits.first()?.is_ascii_digit() || text == b"-0" {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}
