//! `uuid.v7`: identifiers that begin with a time.
//!
//! Layout: RFC 9562, section 5.7: 48 bits of milliseconds since 1970, version, 12 bits, variant, 62 bits.

use super::ulid;
use crate::date::{DAY, Shift};
use crate::error::MaskErrorKind;
use crate::key::{Keyring, Kind};
use crate::permutation::uuid;
use crate::prf::{Code, CodeKey};
use crate::text::{Room, WriteText, option_error, short_error};
use crate::value::MaskValue;
use waxwork_copy::Value;
use waxwork_core::plan::MaskSpec;

/// 1970-01-01, in microseconds since 2000-01-01.
const EPOCH: i64 = -10_957 * DAY;

/// Milliseconds that 48 bits count.
const MILLIS_END: i64 = 1 << 48;

/// Bits of a made-up time: 1970 to 2039.
const MADE_UP_BITS: u32 = 41;

/// `uuid.v7`.
pub(crate) struct Timed {
    time: Time,
    uuids: CodeKey,
    texts: CodeKey,
    injective: bool,
}

enum Time {
    Keep,
    Shift(Shift),
    Drop,
}

impl Timed {
    /// # Errors
    /// When an option is wrong.
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec) -> Result<Self, MaskErrorKind> {
        let time = match spec.options.text("time") {
            Some("keep") => Time::Keep,
            Some("shift") => Time::Shift(Shift::within(keyring, spec, (EPOCH, EPOCH + 1000 * MILLIS_END))?),
            Some("drop") | None => Time::Drop,
            _ => return Err(option_error(spec.kind, "time", "it is not known")),
        };
        let key = |kind| keyring.code(&spec.domain, kind);
        Ok(Self { time, uuids: key(Kind::Uuid), texts: key(Kind::Text), injective: spec.injective })
    }

    /// # Errors
    /// When an option is wrong, or the column too narrow for a ULID.
    pub(crate) fn text(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        if room.chars < ulid::CHARS {
            return Err(short_error(spec.kind, ulid::CHARS, room));
        }
        Self::compile(keyring, spec)
    }

    /// What is unique depends on the value alone: a reference cannot know what its key was masked by.
    fn by(&self, by: Option<u64>) -> Option<u64> {
        by.filter(|_| !self.injective)
    }

    /// The time for one that was there.
    fn millis(&self, millis: u64, code: &Code, by: Option<u64>) -> u64 {
        match &self.time {
            Time::Keep => millis,
            Time::Drop => made_up(code),
            Time::Shift(shift) => {
                let shifted = shift.timestamp(EPOCH + 1000 * millis as i64, by);
                ((shifted - EPOCH) / 1000) as u64
            }
        }
    }

    fn uuid(&self, uuid: [u8; 16], by: Option<u64>) -> [u8; 16] {
        let (value, by) = (u128::from_be_bytes(uuid), self.by(by));
        let code = number_code(&self.uuids, value, by);
        let is_timed = (value >> 76) & 0xf == 7 && (value >> 62) & 3 == 2;
        let millis = if is_timed { self.millis((value >> 80) as u64, &code, by) } else { made_up(&code) };
        let chance = u128::from_be_bytes(code.bytes());
        let image = (u128::from(millis) << 80)
            | (7 << 76)
            | (((chance >> 62) & 0xfff) << 64)
            | (2 << 62)
            | (chance & ((1 << 62) - 1));
        // One kept time in 2^74 would come with its own chance.
        (if image == value { image ^ 1 } else { image }).to_be_bytes()
    }

    fn ulid(&self, value: u128, by: Option<u64>) -> u128 {
        let by = self.by(by);
        let code = number_code(&self.uuids, value, by);
        let millis = self.millis((value >> 80) as u64, &code, by);
        let image = ulid_of(millis, &code);
        if image == value { image ^ 1 } else { image }
    }
}

fn number_code(key: &CodeKey, value: u128, by: Option<u64>) -> Code {
    let mut input = [0; 24];
    input[..16].copy_from_slice(&value.to_be_bytes());
    match by {
        None => key.code(&input[..16]),
        Some(by) => {
            input[16..].copy_from_slice(&by.to_le_bytes());
            key.code(&input)
        }
    }
}

fn made_up(code: &Code) -> u64 {
    code.dress.0 >> (u64::BITS - MADE_UP_BITS)
}

fn ulid_of(millis: u64, code: &Code) -> u128 {
    (u128::from(millis) << 80) | (u128::from_be_bytes(code.bytes()) & ((1 << 80) - 1))
}

impl MaskValue for Timed {
    fn mask<'s>(
        &self,
        value: Value<'_>,
        by: Option<u64>,
        _out: &'s mut Vec<u8>,
    ) -> Result<Value<'s>, MaskErrorKind> {
        match value {
            Value::Uuid(uuid) => Ok(Value::Uuid(self.uuid(uuid, by))),
            _ => Err(MaskErrorKind::Unexpected),
        }
    }
}

impl WriteText for Timed {
    /// A UUID as a column of UUIDs has it, a ULID in its case, any other text as a ULID.
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        if let Some(uuid) = uuid::parse(input) {
            uuid::write(self.uuid(uuid, by), out);
        } else if let Some((value, case)) = ulid::parse(input) {
            ulid::write(self.ulid(value, by), case, out);
        } else {
            let code = match self.by(by) {
                None => self.texts.code(input),
                Some(by) => self.texts.code(&[input, &by.to_le_bytes()].concat()),
            };
            ulid::write(ulid_of(made_up(&code), &code), ulid::Case::Upper, out);
        }
        Ok(())
    }
}
