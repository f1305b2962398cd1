//! `contact.email` with `company = true`: who works together still does, under a domain where no mail arrives.
//!
//! ```text
//!   anna@acme.de ─► olivia.smith12@example.com ─► olivia.smith12@acme-de.example.com, if many rows hold acme.de
//! ```
//!
//! Only domains that many rows share are shown ([`Probe::CommonValues`](waxwork_core::plan::Probe)): a domain of one's
//! own is as good as a name.

use super::names::MAIL_SUFFIX;
use super::phrase::count_chars;
use super::{Room, TextMask, WriteText};
use crate::error::MaskErrorKind;
use std::collections::HashMap;
use waxwork_core::plan::MaskSpec;

/// Bytes of a label at most (RFC 1035, section 2.3.4).
const LABEL_MAX: usize = 63;

pub(crate) struct CompanyMail {
    mail: TextMask,
    /// Labels of the domains that many rows share.
    labels: HashMap<Vec<u8>, Vec<u8>>,
    room: usize,
}

impl CompanyMail {
    /// Puts labels on what `mail` writes, where the room allows it.
    pub(crate) fn new(mail: TextMask, spec: &MaskSpec, room: Room) -> Self {
        let labels = spec.common.iter().filter_map(|(domain, _)| {
            let label = label(domain)?;
            Some((domain.as_bytes().to_vec(), label))
        });
        Self { mail, labels: labels.collect(), room: room.chars }
    }
}

/// A domain as one label: `acme.co.uk` is `acme-co-uk`. `None` for what is no name of a host.
fn label(domain: &str) -> Option<Vec<u8>> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let label: Vec<u8> = domain.bytes().map(|byte| if byte == b'.' { b'-' } else { byte }).collect();
    let ends = [label.first()?, label.last()?].iter().all(|byte| **byte != b'-');
    (domain.bytes().all(plain) && ends && label.len() <= LABEL_MAX).then_some(label)
}

impl WriteText for CompanyMail {
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        let start = out.len();
        self.mail.write(input, by, out)?;
        let domain = input.rsplit(|byte| *byte == b'@').next().filter(|domain| domain.len() < input.len());
        let label = domain.and_then(|domain| self.labels.get(&domain.to_ascii_lowercase()));
        let at = out[start..].iter().rposition(|byte| *byte == b'@');
        if let (Some(label), Some(at)) = (label, at)
            && count_chars(&out[start..=start + at]) + label.len() + MAIL_SUFFIX.len() <= self.room
        {
            out.truncate(start + at + 1);
            out.extend_from_slice(label);
            out.push(b'.');
            out.extend_from_slice(&MAIL_SUFFIX.as_bytes()[1..]);
        }
        Ok(())
    }

    fn is_part(&self) -> bool {
        self.mail.is_part()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{keyring, spec};
    use waxwork_core::masks::{MaskKind, Setting};

    fn masked(input: &str, chars: usize, injective: bool) -> String {
        let common = ["acme.de", "x.co.uk", "-bad.de", "a_b.de"].map(|domain| (domain.to_owned(), 10));
        let spec = MaskSpec { common: common.to_vec(), injective, ..spec(MaskKind::Email) };
        let spec = spec.with("company", Setting::Flag(true));
        let mask = TextMask::compile(&keyring(), &spec, Room { chars, ascii: false }).unwrap();
        let mut out = Vec::new();
        mask.write(input.as_bytes(), None, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_domain_that_many_share_is_a_label() {
        for injective in [false, true] {
            let domain =
                |input: &str| masked(input, usize::MAX, injective).split_once('@').unwrap().1.to_owned();
            assert_eq!(domain("anna@acme.de"), "acme-de.example.com");
            assert_eq!(domain("Anna@ACME.de"), "acme-de.example.com");
            assert_eq!(domain("\"a@b\"@x.co.uk"), "x-co-uk.example.com");
            for own in ["anna@schmidt.de", "acme.de", "@", "anna@-bad.de", "anna@a_b.de", "anna@acme.de "] {
                assert!(domain(own).starts_with("example."), "{own}");
            }
        }
    }

    #[test]
    fn without_room_there_is_no_label_and_the_name_is_the_same() {
        let (wide, narrow) = (masked("anna@acme.de", 60, false), masked("anna@acme.de", 32, false));
        assert_eq!(wide.split_once('@').unwrap().0, narrow.split_once('@').unwrap().0);
        for chars in 14..60 {
            assert!(masked("anna@acme.de", chars, false).len() <= chars);
        }
    }
}
