//! `internet.url`: the value's scheme, a host that nobody has, and a path where the value has one.

use super::{WORDS, coded, domain, two_digits, words};
use crate::entity::PickKey;
use crate::error::MaskErrorKind;
use crate::key::{Keyring, Kind};
use crate::prf::CodeKey;
use crate::text::phrase::{Part, Phrase};
use crate::text::{Room, WriteText, short_error};
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

/// Schemes that stay; every other becomes the first.
const SCHEMES: [&str; 5] = ["https://", "http://", "ftp://", "wss://", "ws://"];

pub(crate) struct UrlMask {
    key: PickKey,
    /// Distinct values have hosts of their own.
    code: Option<CodeKey>,
    /// The host alone.
    host: Phrase,
    /// The host with a path, where there is room.
    path: Option<Phrase>,
}

impl UrlMask {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        let scheme = SCHEMES[0].len();
        let room = Room { chars: room.chars.saturating_sub(scheme), ..room };
        let host = if spec.injective { coded(room) } else { domain() };
        let path = [Part::Literal("/"), words(&WORDS), Part::Literal("/"), two_digits()];
        let longer = [host.clone(), path.to_vec()].concat();
        let needed = scheme + Phrase::shortest(&host);
        Ok(Self {
            key: PickKey::new(keyring, spec),
            code: spec.injective.then(|| keyring.code(&spec.domain, Kind::Text)),
            path: Phrase::new(longer, room.chars),
            host: Phrase::new(host, room.chars).ok_or_else(|| {
                short_error(MaskKind::Url, needed, Room { chars: room.chars + scheme, ..room })
            })?,
        })
    }
}

impl WriteText for UrlMask {
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        let known = SCHEMES.iter().find(|scheme| input.starts_with(scheme.as_bytes()));
        let scheme = known.unwrap_or(&SCHEMES[0]);
        let rest = input.strip_prefix(scheme.as_bytes()).unwrap_or(input);
        let has_path = rest.iter().position(|byte| *byte == b'/').is_some_and(|at| at + 1 < rest.len());
        let phrase = self.path.as_ref().filter(|_| has_path).unwrap_or(&self.host);
        let code = self.code.as_ref().map(|key| key.code(input));
        let bits = code.as_ref().map_or_else(|| self.key.bits(input, by), |code| code.dress);
        let start = out.len();
        for next in [false, true] {
            out.truncate(start);
            out.extend_from_slice(scheme.as_bytes());
            phrase.write(bits, code.as_ref(), next, out);
            if out[start..] != *input {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{keyring, spec};

    fn masked(chars: usize, input: &str) -> String {
        let room = Room { chars, ascii: false };
        let mut out = Vec::new();
        let mask = UrlMask::compile(&keyring(), &spec(MaskKind::Url), room).unwrap();
        mask.write(input.as_bytes(), None, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_scheme_stays_and_everything_after_it_goes() {
        for (input, scheme, slashes) in [
            ("http://acme.de", "http://", 2),
            ("https://anna:secret@acme.de:8443/users/7?token=x#me", "https://", 4),
            ("wss://acme.de/", "wss://", 2),
            ("javascript:alert(1)", "https://", 2),
            ("acme.de/hook", "https://", 4),
            ("https://", "https://", 2),
        ] {
            let url = masked(usize::MAX, input);
            assert!(url.starts_with(scheme) && url.matches('/').count() == slashes, "{url}");
            let host = url[scheme.len()..].split('/').next().unwrap();
            let ends = [".example", ".invalid", ".example.com", ".example.net", ".example.org"];
            assert!(ends.iter().any(|end| host.ends_with(end)), "{url}");
            assert!(!["acme", "anna", "secret", "token", "8443"].iter().any(|word| url.contains(word)));
        }
    }

    #[test]
    fn a_masked_address_is_masked_again_to_another() {
        let mut url = masked(usize::MAX, "https://acme.de/1");
        for _ in 0..2000 {
            let next = masked(usize::MAX, &url);
            assert_ne!(next, url);
            url = next;
        }
    }

    #[test]
    fn narrow_columns_take_no_path_and_too_narrow_ones_nothing() {
        assert!(masked(25, "https://acme.de/users/7").len() <= 25);
        let room = Room { chars: 17, ascii: false };
        let error = UrlMask::compile(&keyring(), &spec(MaskKind::Url), room).err().unwrap();
        assert!(matches!(error, MaskErrorKind::Short { needed: 22, held: 17, .. }), "{error}");
    }
}
