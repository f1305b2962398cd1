//! `job.title` and `job.department`: a person's title names the field that her department is called after.

use super::people::Pick;
use crate::dictionary::{Locale, Words};
use crate::entity::EntityKey;
use crate::error::MaskErrorKind;
use crate::key::Keyring;
use crate::prf::Bits;
use crate::text::phrase::count_chars;
use crate::text::{Room, WriteText, find_locale, short_error};
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

pub(crate) struct JobText {
    key: EntityKey,
    fields: Words,
    seniorities: Words,
    positions: Words,
    /// `fake`'s template of a title: `{Seniority} {Field} {Position}`.
    template: &'static str,
    department: bool,
    room: usize,
}

impl JobText {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        let locale: &Locale = find_locale(spec.locale(), room)?;
        let words = |list: &[&'static str]| Words::new(list.iter().copied());
        let job = Self {
            key: EntityKey::of(keyring, spec, "job"),
            fields: words(locale.job_fields),
            seniorities: words(locale.job_seniorities),
            positions: words(locale.job_positions),
            template: locale.job_title,
            department: spec.kind == MaskKind::Department,
            room: room.chars,
        };
        let shortest = if job.department { &job.fields } else { &job.positions }.shortest();
        if room.chars < shortest {
            return Err(short_error(spec.kind, shortest, room));
        }
        Ok(job)
    }

    fn job(&self, mut bits: Bits, out: &mut Vec<u8>) {
        let field = Pick::of(&self.fields, &mut bits);
        if self.department {
            return field.write(&self.fields, self.room, out);
        }
        let position = Pick::of(&self.positions, &mut bits);
        let seniority = Pick::of(&self.seniorities, &mut bits);
        let start = out.len();
        self.title(field, position, seniority, out);
        if count_chars(&out[start..]) > self.room {
            out.truncate(start);
            position.write(&self.positions, self.room, out);
        }
    }

    fn title(&self, field: Pick, position: Pick, seniority: Pick, out: &mut Vec<u8>) {
        let mut rest = self.template;
        while let Some((literal, (name, after))) =
            rest.split_once('{').and_then(|(literal, name)| Some((literal, name.split_once('}')?)))
        {
            out.extend_from_slice(literal.as_bytes());
            match name {
                "Field" => field.write(&self.fields, usize::MAX, out),
                "Position" => position.write(&self.positions, usize::MAX, out),
                _ => seniority.write(&self.seniorities, usize::MAX, out),
            }
            rest = after;
        }
        out.extend_from_slice(rest.as_bytes());
    }
}

impl WriteText for JobText {
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        self.key.write_other(input, by, out, |bits, out| self.job(bits, out));
        Ok(())
    }

    fn is_part(&self) -> bool {
        self.key.is_shared()
    }
}
