//! `address.full`: street, post code and town in one line, of the place that the parts are of.

use super::PlacePostcode;
use crate::error::MaskErrorKind;
use crate::key::Keyring;
use crate::text::phrase::count_chars;
use crate::text::{Room, TextMask, WriteText, find_locale};
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

pub(crate) struct FullAddress {
    street: TextMask,
    city: TextMask,
    postcode: PlacePostcode,
    /// The post code before the town, or after it.
    postcode_leads: bool,
    /// What is written where the whole line has no room.
    short: TextMask,
    room: usize,
}

impl FullAddress {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        let locale = find_locale(spec.locale(), room)?;
        let part = |kind| MaskSpec { kind, ..spec.clone() };
        let wide = Room { chars: usize::MAX, ..room };
        Ok(Self {
            street: TextMask::compile(keyring, &part(MaskKind::Street), wide)?,
            city: TextMask::compile(keyring, &part(MaskKind::City), wide)?,
            postcode: PlacePostcode::compile(keyring, spec, wide)?,
            postcode_leads: !matches!(locale.name, "en" | "en_us" | "en_gb" | "cy_gb" | "ar_sa"),
            short: TextMask::compile(keyring, &part(MaskKind::City), room)?,
            room: room.chars,
        })
    }
}

impl WriteText for FullAddress {
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        let start = out.len();
        self.street.write(input, by, out)?;
        out.extend_from_slice(b", ");
        if self.postcode_leads {
            self.postcode.write(input, by, out)?;
            out.push(b' ');
        }
        self.city.write(input, by, out)?;
        if !self.postcode_leads {
            out.push(b' ');
            self.postcode.write(input, by, out)?;
        }
        if count_chars(&out[start..]) > self.room {
            out.truncate(start);
            self.short.write(input, by, out)?;
        }
        Ok(())
    }

    fn is_part(&self) -> bool {
        self.street.is_part()
    }
}
