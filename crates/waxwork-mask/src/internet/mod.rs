//! Names of the internet: domains, hosts, web addresses, user agents. None of them leads anywhere: hosts are under the
//! names that RFC 2606 sets aside.

mod url;

pub(crate) use url::UrlMask;

use crate::dictionary::Words;
use crate::error::MaskErrorKind;
use crate::prf::Code;
use crate::text::phrase::{Part, Phrase};
use crate::text::{Room, fitting};
use std::sync::Arc;
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

/// First parts of domains.
const WORDS: [&str; 48] = [
    "acorn", "amber", "anchor", "apple", "aspen", "badger", "beacon", "birch", "bridge", "cedar", "cherry",
    "clover", "comet", "copper", "coral", "delta", "dune", "ember", "falcon", "fern", "garnet", "glade",
    "harbor", "hazel", "indigo", "iris", "juniper", "kite", "lagoon", "lark", "linden", "maple", "meadow",
    "mint", "nectar", "oak", "olive", "otter", "pebble", "pine", "quartz", "raven", "reef", "sage", "sierra",
    "thistle", "willow", "zephyr",
];

/// Names of single machines.
const HOSTS: [&str; 12] =
    ["api", "app", "auth", "cache", "db", "files", "mail", "node", "proxy", "search", "web", "worker"];

/// Where domains end: top-level domains that are never delegated, and second-level ones that IANA keeps (RFC 2606,
/// sections 2 and 3).
const ENDINGS: [&str; 5] = [".example", ".invalid", ".example.com", ".example.net", ".example.org"];

/// Browsers as they call themselves (RFC 9110, section 10.1.5): common ones of 2024 and 2025, with nothing of a device.
const USER_AGENTS: [&str; 9] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11)",
    "Mozilla/5.0",
];

/// The ending of hosts with a code.
const CODE_ENDING: &str = ".example";

/// The phrases of a mask of this family; `None` for another mask.
pub(crate) fn phrases(spec: &MaskSpec, room: Room) -> Option<Result<Vec<Phrase>, MaskErrorKind>> {
    let preferences = match (spec.kind, spec.injective) {
        (MaskKind::Domain | MaskKind::Hostname, true) => vec![vec![coded(room)]],
        (MaskKind::Domain, false) => vec![vec![domain()]],
        (MaskKind::Hostname, false) => {
            let host = vec![words(&HOSTS), two_digits()];
            let whole = [host.clone(), vec![Part::Literal("."), words(&WORDS), words(&ENDINGS)]].concat();
            vec![vec![whole], vec![host]]
        }
        (MaskKind::UserAgent, false) => vec![vec![vec![words(&USER_AGENTS)]]],
        _ => return None,
    };
    Some(fitting(spec.kind, preferences, room))
}

/// A domain that nobody has.
fn domain() -> Vec<Part> {
    vec![words(&WORDS), two_digits(), words(&ENDINGS)]
}

/// A domain whose first part is a code.
fn coded(room: Room) -> Vec<Part> {
    let length = room.chars.saturating_sub(CODE_ENDING.len()).clamp(Code::SHORTEST, Code::WHOLE);
    vec![Part::Code(length), Part::Literal(CODE_ENDING)]
}

fn words(texts: &[&'static str]) -> Part {
    Part::Words(Arc::new(Words::new(texts.iter().copied())))
}

fn two_digits() -> Part {
    Part::Number { from: 0, count: 100, width: 2 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{keyring, spec};
    use crate::text::TextMask;

    fn masked(kind: MaskKind, chars: usize, input: &str) -> String {
        let mut out = Vec::new();
        let room = Room { chars, ascii: false };
        TextMask::compile(&keyring(), &spec(kind), room)
            .unwrap()
            .write(input.as_bytes(), None, &mut out)
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    /// RFC 2606, sections 2 and 3, but for .test and .localhost, which sites resolve for themselves.
    fn leads_nowhere(host: &str) -> bool {
        [".example", ".invalid", ".example.com", ".example.net", ".example.org"]
            .iter()
            .any(|end| host.ends_with(end))
    }

    #[test]
    fn domains_and_hosts_are_labels_under_names_that_nobody_has() {
        for step in 0..500 {
            for kind in [MaskKind::Domain, MaskKind::Hostname] {
                let host = masked(kind, usize::MAX, &format!("host{step}.acme.de"));
                assert!(leads_nowhere(&host), "{host}");
                let label = |label: &str| {
                    !label.is_empty()
                        && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
                };
                assert!(host.split('.').all(label), "{host}");
            }
        }
    }

    #[test]
    fn narrow_columns_take_short_names() {
        assert!(leads_nowhere(&masked(MaskKind::Domain, 14, "acme.de")));
        assert!(!masked(MaskKind::Hostname, 8, "mail-01").contains('.'));
        assert!(masked(MaskKind::UserAgent, 20, "curl/8").len() <= 20);
        let narrow = Room { chars: 13, ascii: false };
        assert!(TextMask::compile(&keyring(), &spec(MaskKind::Domain), narrow).is_err());
    }
}
