//! UUIDs of one version, whatever version came: `uuid.v4` and `uuid.v7`, on `uuid` and on text; and ULIDs, which are to
//! UUIDs of version 7 what they are to text (<https://github.com/ulid/spec>).
//!
//! ```text
//!   uuid.v4   version 4 ─► a permutation of its 122 free bits      any other ─► a code of it
//!   uuid.v7   version 7 ─► time kept, shifted or made up, then 74 bits of a code of all of it
//!             ULID      ─► the same with 80 bits                   any other ─► a made-up time and a code
//! ```

mod timed;
mod ulid;

pub(crate) use timed::Timed;

use crate::error::MaskErrorKind;
use crate::key::{Keyring, Kind, Purpose};
use crate::permutation::uuid::{CHARS, UuidPermutation, is_random, parse, with_free_bits, write};
use crate::prf::CodeKey;
use crate::text::{Room, WriteText, short_error};
use crate::value::MaskValue;
use waxwork_copy::Value;
use waxwork_core::plan::MaskSpec;

/// `uuid.v4`.
pub(crate) struct Random {
    permutation: UuidPermutation,
    uuids: CodeKey,
    texts: CodeKey,
}

impl Random {
    pub(crate) fn new(keyring: &Keyring, spec: &MaskSpec) -> Self {
        Self {
            permutation: UuidPermutation::new(&keyring.subkey(Purpose::Permute, &spec.domain, Kind::Uuid)),
            uuids: keyring.code(&spec.domain, Kind::Uuid),
            texts: keyring.code(&spec.domain, Kind::Text),
        }
    }

    /// # Errors
    /// When the column is too narrow for a UUID.
    pub(crate) fn text(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        if room.chars < CHARS {
            return Err(short_error(spec.kind, CHARS, room));
        }
        Ok(Self::new(keyring, spec))
    }

    fn uuid(&self, uuid: [u8; 16]) -> [u8; 16] {
        if is_random(u128::from_be_bytes(uuid)) {
            return self.permutation.permute(uuid);
        }
        coded(&self.uuids, &uuid)
    }
}

fn coded(key: &CodeKey, input: &[u8]) -> [u8; 16] {
    let code = u128::from_be_bytes(key.code(input).bytes());
    with_free_bits(code & ((1 << 122) - 1)).to_be_bytes()
}

impl MaskValue for Random {
    fn mask<'s>(
        &self,
        value: Value<'_>,
        _by: Option<u64>,
        _out: &'s mut Vec<u8>,
    ) -> Result<Value<'s>, MaskErrorKind> {
        match value {
            Value::Uuid(uuid) => Ok(Value::Uuid(self.uuid(uuid))),
            _ => Err(MaskErrorKind::Unexpected),
        }
    }
}

impl WriteText for Random {
    fn write(&self, input: &[u8], _by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        let masked = match parse(input) {
            Some(uuid) => self.uuid(uuid),
            None => coded(&self.texts, input),
        };
        write(masked, out);
        Ok(())
    }
}
