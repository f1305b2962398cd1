//! What is written of a person: her names, her mail address, her login.
//!
//! ```text
//!   forms, best first:  "{first}.{last}{NN}@{domain}"  "{initial}.{last}{NN}@{domain}"  …  ─► the first that fits
//! ```
//!
//! A person keeps her names where a column is too short for all of them: what gives way is the form. Only a name that
//! does not fit by itself is another, shorter one.

use super::people::{Gender, People, Person};
use crate::dictionary::Locale;
use crate::entity::EntityKey;
use crate::error::MaskErrorKind;
use crate::key::{Keyring, Kind};
use crate::prf::{self, CodeKey};
use crate::text::phrase::count_chars;
use crate::text::{MAIL_DOMAINS, MAIL_SUFFIX, Room, WriteText, find_locale, short_error};
use std::sync::Arc;
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

/// A piece of what is written.
#[derive(Clone, Copy, Debug)]
enum Piece {
    First,
    Middle,
    Last,
    FirstInitial,
    LastInitial,
    /// In small letters of ASCII.
    PlainFirst,
    PlainLast,
    PlainInitial,
    Literal(&'static str),
    /// Two digits.
    Digits,
    MailDomain,
    /// So many characters of the value's code.
    Code(usize),
}

/// Pieces in order.
type Form = Vec<Piece>;

/// A mask that writes something of the row's person.
pub(crate) struct PersonText {
    key: EntityKey,
    people: Arc<People>,
    /// Where the row has said it.
    gender: Option<Gender>,
    /// What tells values apart, where they must stay apart.
    code: Option<CodeKey>,
    /// Those that are written whole or not at all.
    forms: Vec<Form>,
    /// What is written when none of them fits.
    shortest: Form,
    /// Characters that a name may have in it.
    name_room: usize,
    room: usize,
}

impl PersonText {
    /// The mask of a spec that has an identity.
    ///
    /// # Errors
    /// When nothing that it writes fits.
    pub(crate) fn compile(
        keyring: &Keyring,
        spec: &MaskSpec,
        identity: &str,
        room: Room,
    ) -> Result<Self, MaskErrorKind> {
        let locale = find_locale(spec.locale(), room)?;
        let people = People::of(locale);
        let mut forms = if spec.injective { unique_forms(spec.kind, room) } else { forms(spec.kind, locale) };
        let shortest = forms.pop().unwrap_or_default();
        let fixed: usize = shortest.iter().map(|piece| piece.fixed_chars()).sum();
        let needed = fixed + people.shortest_name(&shortest);
        if room.chars < needed {
            return Err(short_error(spec.kind, needed, room));
        }
        Ok(Self {
            key: EntityKey::new(keyring, identity, ""),
            people,
            gender: Gender::known(spec),
            code: spec.injective.then(|| keyring.code(&spec.domain, Kind::Text)),
            forms,
            shortest,
            name_room: room.chars - fixed,
            room: room.chars,
        })
    }

    fn person(&self, person: &Person, code: Option<&prf::Code>, out: &mut Vec<u8>) {
        let start = out.len();
        for form in &self.forms {
            self.form(form, person, code, usize::MAX, out);
            if self.room == usize::MAX || count_chars(&out[start..]) <= self.room {
                return;
            }
            out.truncate(start);
        }
        self.form(&self.shortest, person, code, self.name_room, out);
    }

    /// Appends a form; each name in it has at most `room` characters.
    fn form(
        &self,
        form: &[Piece],
        person: &Person,
        code: Option<&prf::Code>,
        room: usize,
        out: &mut Vec<u8>,
    ) {
        let given = self.people.given(person.gender);
        let mut rest = person.rest;
        for piece in form {
            match piece {
                Piece::First => given.write(person.first, room, out),
                Piece::Middle => given.write(person.middle, room, out),
                Piece::FirstInitial => out.extend_from_slice(given.initial(person.first)),
                Piece::LastInitial => out.extend_from_slice(self.people.last().initial(person.last)),
                Piece::Last => self.people.last().write(person.last, room, out),
                Piece::PlainFirst => out.extend_from_slice(cut(given.plain(person.first), room)),
                Piece::PlainLast => out.extend_from_slice(cut(self.people.last().plain(person.last), room)),
                Piece::PlainInitial => out.extend_from_slice(cut(given.plain(person.first), 1)),
                Piece::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Digits => {
                    let number = rest.choose(100) as u8;
                    out.extend_from_slice(&[b'0' + number / 10, b'0' + number % 10]);
                }
                Piece::MailDomain => {
                    let domain = rest.choose(MAIL_DOMAINS.len() as u64) as usize;
                    out.extend_from_slice(MAIL_DOMAINS[domain].as_bytes());
                }
                Piece::Code(length) => {
                    code.expect("a mask with a code piece has a code").write(*length, out);
                }
            }
        }
    }
}

impl WriteText for PersonText {
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        let code = self.code.as_ref().map(|key| key.code(input));
        self.key.write_other(input, by, out, |bits, out| {
            self.person(&self.people.person(bits, self.gender), code.as_ref(), out);
        });
        Ok(())
    }

    fn is_part(&self) -> bool {
        true
    }
}

impl Piece {
    /// Characters that it takes whoever the person is; none for a name.
    fn fixed_chars(self) -> usize {
        match self {
            Self::First | Self::Middle | Self::Last | Self::PlainFirst | Self::PlainLast => 0,
            Self::FirstInitial | Self::LastInitial | Self::PlainInitial => 1,
            Self::Literal(text) => text.len(),
            Self::Digits => 2,
            Self::MailDomain => MAIL_DOMAINS[0].len(),
            Self::Code(length) => length,
        }
    }
}

impl People {
    /// Characters that the name in a form needs at least; none where it has none.
    fn shortest_name(&self, form: &[Piece]) -> usize {
        let given = || self.given(Gender::Female).shortest().max(self.given(Gender::Male).shortest());
        let needs = form.iter().map(|piece| match piece {
            Piece::First | Piece::Middle => given(),
            Piece::Last => self.last().shortest(),
            // It is cut.
            Piece::PlainFirst | Piece::PlainLast => 1,
            _ => 0,
        });
        needs.sum()
    }
}

fn cut(name: &[u8], room: usize) -> &[u8] {
    &name[..name.len().min(room)]
}

/// What a mask writes, best first; the last has one name at most.
fn forms(kind: MaskKind, locale: &Locale) -> Vec<Form> {
    use Piece::*;
    let at = Literal("@");
    match kind {
        MaskKind::FirstName => vec![vec![First]],
        MaskKind::MiddleName => vec![vec![Middle]],
        MaskKind::LastName => vec![vec![Last]],
        MaskKind::Initials => vec![vec![FirstInitial, LastInitial], vec![LastInitial]],
        MaskKind::Username => vec![
            vec![PlainFirst, Literal("_"), PlainLast, Digits],
            vec![PlainFirst, Digits],
            vec![PlainFirst],
        ],
        MaskKind::Email => vec![
            vec![PlainFirst, Literal("."), PlainLast, Digits, at, MailDomain],
            vec![PlainInitial, Literal("."), PlainLast, Digits, at, MailDomain],
            vec![PlainFirst, Digits, at, MailDomain],
            vec![Digits, at, MailDomain],
        ],
        _ => vec![full_name(locale), vec![Last]],
    }
}

/// What a mask of unique values writes: a code of the value, which is the last word of every form and always as long.
fn unique_forms(kind: MaskKind, room: Room) -> Vec<Form> {
    use Piece::*;
    use prf::Code as Shown;
    let suffix = if kind == MaskKind::Email { MAIL_SUFFIX } else { "" };
    let code = Code(room.chars.saturating_sub(suffix.len()).clamp(Shown::SHORTEST, Shown::WHOLE));
    let end = [code, Literal(suffix)];
    let starts: Vec<Form> = match kind {
        MaskKind::FirstName => vec![vec![First, Literal(" ")]],
        MaskKind::MiddleName => vec![vec![Middle, Literal(" ")]],
        MaskKind::LastName => vec![vec![Last, Literal(" ")]],
        MaskKind::Initials => vec![vec![FirstInitial, LastInitial, Literal(" ")]],
        MaskKind::Username | MaskKind::Email => {
            vec![vec![PlainFirst, Literal("."), PlainLast, Literal(".")], vec![PlainFirst, Literal(".")]]
        }
        _ => vec![vec![First, Literal(" "), Last, Literal(" ")], vec![Last, Literal(" ")]],
    };
    starts.into_iter().chain([Vec::new()]).map(|start| [&start[..], &end].concat()).collect()
}

/// A locale's `{FirstName} {LastName}` as pieces.
fn full_name(locale: &Locale) -> Form {
    let first_leads = locale.full_name.find("{FirstName}") < locale.full_name.find("{LastName}");
    let between = if locale.full_name.contains("} {") { " " } else { "" };
    let [one, other] = if first_leads { [Piece::First, Piece::Last] } else { [Piece::Last, Piece::First] };
    vec![one, Piece::Literal(between), other]
}
