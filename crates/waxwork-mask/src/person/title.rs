//! `person.title`: how the row's person is addressed.

use super::gender::cut;
use super::people::{Gender, gender_of};
use crate::entity::EntityKey;
use crate::error::MaskErrorKind;
use crate::key::Keyring;
use crate::text::{Room, WriteText, find_locale};
use waxwork_core::plan::MaskSpec;

/// Words of a locale before a name.
struct Titles {
    female: &'static [&'static str],
    male: &'static [&'static str],
    /// For one in [`DOCTORS`].
    doctor: Option<&'static str>,
}

/// One of so many has a doctor's degree.
const DOCTORS: u64 = 16;

/// An attempt's number that no part of a person tries: titles have bits of their own.
const LANE: u64 = u64::MAX;

const ENGLISH: Titles = Titles { female: &["Ms", "Mrs"], male: &["Mr"], doctor: Some("Dr") };

fn of_locale(locale: &str) -> Titles {
    let (female, male, doctor): (&'static [_], &'static [_], _) = match locale {
        "de_de" => (&["Frau"], &["Herr"], Some("Dr.")),
        "fr_fr" => (&["Mme"], &["M."], Some("Dr")),
        "it_it" => (&["Sig.ra"], &["Sig."], Some("Dott.")),
        "nl_nl" => (&["Mevr."], &["Dhr."], Some("Dr.")),
        "pt_br" | "pt_pt" => (&["Sra."], &["Sr."], Some("Dr.")),
        "tr_tr" => (&["Bayan"], &["Bay"], Some("Dr.")),
        "ar_sa" => (&["السيدة"], &["السيد"], None),
        "fa_ir" => (&["خانم"], &["آقای"], None),
        "ja_jp" => (&["様"], &["様"], None),
        "zh_cn" => (&["女士"], &["先生"], None),
        "zh_tw" => (&["女士", "小姐"], &["先生"], None),
        _ => return ENGLISH,
    };
    Titles { female, male, doctor }
}

pub(crate) struct TitleText {
    key: EntityKey,
    titles: Titles,
    gender: Option<Gender>,
    room: usize,
}

impl TitleText {
    pub(crate) fn compile(
        keyring: &Keyring,
        spec: &MaskSpec,
        identity: &str,
        room: Room,
    ) -> Result<Self, MaskErrorKind> {
        let titles = of_locale(find_locale(spec.locale(), room)?.name);
        let key = EntityKey::new(keyring, identity, "");
        Ok(Self { key, titles, gender: Gender::known(spec), room: room.chars })
    }

    fn title(&self, by: Option<u64>) -> &'static str {
        // Not by the value where a row leads to no root, either: the few titles would tell each other.
        let gender = self.gender.unwrap_or_else(|| gender_of(&mut self.key.bits(b"", by, 0)));
        let mut bits = self.key.bits(b"", by, LANE);
        let titles = if gender == Gender::Female { self.titles.female } else { self.titles.male };
        match self.titles.doctor {
            Some(doctor) if bits.choose(DOCTORS) == 0 => doctor,
            _ => titles[bits.choose(titles.len() as u64) as usize],
        }
    }
}

impl WriteText for TitleText {
    /// With a full stop where the value has one.
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        let start = out.len();
        let title = self.title(by);
        out.extend_from_slice(title.as_bytes());
        if input.ends_with(b".") && title.is_ascii() && !title.ends_with('.') {
            out.push(b'.');
        }
        cut(out, start, self.room);
        Ok(())
    }

    fn gives_back(&self) -> bool {
        true
    }

    fn is_part(&self) -> bool {
        true
    }
}
