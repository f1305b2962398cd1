//! How a stored password hash was made, told by its form.
//!
//! | form | written by |
//! |---|---|
//! | `$2b$12$…` (`2a`, `2y`), after `{bcrypt}` by Spring | bcrypt: Rails and Devise, PHP, Phoenix and many more |
//! | `bcrypt$$2b$…`, `bcrypt_sha256$$2b$…` | Django |
//! | `$argon2id$v=19$m=…,t=…,p=…$…` (`argon2i`, `argon2d`), after `argon2` by Django | argon2's reference encoding |
//! | `$scrypt$ln=15,r=8,p=1$…` | scrypt as PHC strings: passlib and others |
//! | `scrypt:32768:8:1$salt$hex` | Werkzeug |
//! | `scrypt$16384$salt$8$5$base64` | Django |
//! | `pbkdf2_sha256$600000$salt$base64` | Django |
//! | `pbkdf2:sha256:600000$salt$hex` | Werkzeug |
//! | `$pbkdf2-sha256$29000$…` (`sha512`) | passlib, Phoenix |
//! | `$pbkdf2-sha256$i=600000,l=32$…` | PHC strings |
//! | base64 of 61 bytes, the first 1 | ASP.NET Core Identity, version 3 |
//!
//! PBKDF2 over SHA-1 is not among them: this program has no broken hash.
//!
//! Costs are taken over up to a cap that one hash stays under a second with, and in two digits, so that few different
//! ones come of many rows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A way to make a hash, with the form that it is written in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scheme {
    /// Blowfish.
    Bcrypt { form: BcryptForm, version: BcryptVersion, cost: u32 },
    /// RFC 9106.
    Argon2 { django: bool, variant: Argon2Variant, memory_kib: u32, passes: u32, lanes: u32 },
    /// RFC 7914.
    Scrypt { form: ScryptForm, log_n: u8, block: u32, lanes: u32 },
    /// RFC 8018 with HMAC.
    Pbkdf2 { form: Pbkdf2Form, digest: Digest, rounds: u32 },
}

/// What stands around bcrypt's own text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum BcryptForm {
    /// Nothing.
    Plain,
    /// `{bcrypt}`
    Spring,
    /// `bcrypt$`
    Django,
    /// `bcrypt_sha256$`: over the password's SHA-256 in hexadecimal.
    DjangoSha256,
}

/// The letter after the 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum BcryptVersion {
    A,
    B,
    Y,
}

/// The three functions of argon2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Argon2Variant {
    D,
    I,
    Id,
}

/// Who writes scrypt so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ScryptForm {
    Phc,
    Werkzeug,
    Django,
}

/// Who writes PBKDF2 so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pbkdf2Form {
    Phc,
    Passlib,
    Django,
    Werkzeug,
    AspNet,
}

/// The hash under HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Digest {
    Sha256,
    Sha512,
}

/// Caps, so that one hash takes less than a second: at them a release build took 0.06 s of CPU (PBKDF2 over SHA-256) to 0.34 s
/// (argon2). Memory and lanes of argon2 are Django's, the rounds of PBKDF2 what OWASP asks for with SHA-256 (Password Storage
/// Cheat Sheet, 2023).
const BCRYPT_COST_MAX: u32 = 12;
const ARGON2_KIB_MAX: u32 = 100 << 10;
const ARGON2_PASSES_MAX: u32 = 4;
const ARGON2_LANES_MAX: u32 = 8;
const SCRYPT_LOG_N_MAX: u8 = 15;
const SCRYPT_BLOCK_MAX: u32 = 8;
const SCRYPT_LANES_MAX: u32 = 5;
const PBKDF2_ROUNDS_MAX: u32 = 600_000;

impl Scheme {
    /// The scheme of a stored hash.
    pub(super) fn of(stored: &str) -> Option<Self> {
        bcrypt(stored)
            .or_else(|| argon2(stored))
            .or_else(|| scrypt(stored))
            .or_else(|| pbkdf2(stored))
            .or_else(|| asp_net(stored))
    }
}

impl BcryptForm {
    const ALL: [(&'static str, Self); 4] = [
        ("{bcrypt}", Self::Spring),
        ("bcrypt_sha256$", Self::DjangoSha256),
        ("bcrypt$", Self::Django),
        ("", Self::Plain),
    ];

    pub(super) fn prefix(self) -> &'static str {
        Self::ALL.iter().find(|(_, form)| *form == self).map_or("", |(prefix, _)| prefix)
    }
}

impl Argon2Variant {
    const ALL: [(&'static str, Self); 3] =
        [("argon2id", Self::Id), ("argon2i", Self::I), ("argon2d", Self::D)];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, variant)| *variant == self).map_or("", |(name, _)| name)
    }
}

impl Digest {
    const ALL: [(&'static str, Self); 2] = [("sha256", Self::Sha256), ("sha512", Self::Sha512)];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, digest)| *digest)
    }

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, digest)| *digest == self).map_or("", |(name, _)| name)
    }

    /// Bytes of a hash.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// `$2b$`, two digits of cost, `$`, 22 characters of salt and 31 of hash.
fn bcrypt(stored: &str) -> Option<Scheme> {
    let (form, rest) =
        BcryptForm::ALL.iter().find_map(|(prefix, form)| Some((*form, stored.strip_prefix(prefix)?)))?;
    let (version, rest) =
        [("$2a$", BcryptVersion::A), ("$2b$", BcryptVersion::B), ("$2y$", BcryptVersion::Y)]
            .iter()
            .find_map(|(prefix, version)| Some((*version, rest.strip_prefix(prefix)?)))?;
    let (cost, rest) = rest.split_once('$')?;
    let cost = number(cost).filter(|cost| (4..=31).contains(cost))?;
    let whole = rest.len() == 53 && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"./".contains(&b));
    whole.then_some(Scheme::Bcrypt { form, version, cost: cost.min(BCRYPT_COST_MAX) })
}

fn argon2(stored: &str) -> Option<Scheme> {
    let (django, rest) = match stored.strip_prefix("argon2$") {
        Some(rest) => (true, rest),
        None => (false, stored.strip_prefix('$')?),
    };
    let mut parts = rest.split('$');
    let name = parts.next()?;
    let (_, variant) = Argon2Variant::ALL.into_iter().find(|(known, _)| *known == name)?;
    let mut costs = parts.find(|part| !part.starts_with("v="))?.split(',');
    let mut cost = |name: &str| number(costs.next()?.strip_prefix(name)?);
    let (memory, passes, lanes) = (cost("m=")?, cost("t=")?, cost("p=")?);
    parts.nth(1)?;
    let lanes = lanes.clamp(1, ARGON2_LANES_MAX);
    let memory_kib = two_digits(memory.min(ARGON2_KIB_MAX)).max(8 * lanes);
    Some(Scheme::Argon2 { django, variant, memory_kib, passes: passes.clamp(1, ARGON2_PASSES_MAX), lanes })
}

fn scrypt(stored: &str) -> Option<Scheme> {
    let (form, n, block, lanes) = if let Some(rest) = stored.strip_prefix("$scrypt$ln=") {
        let mut costs = rest.split('$').next()?.split(',');
        let log_n = number(costs.next()?)?;
        let block = number(costs.next()?.strip_prefix("r=")?)?;
        let lanes = number(costs.next()?.strip_prefix("p=")?)?;
        (ScryptForm::Phc, 1u64.checked_shl(log_n)?, block, lanes)
    } else if let Some(rest) = stored.strip_prefix("scrypt:") {
        let mut costs = rest.split('$').next()?.split(':').map(number);
        (ScryptForm::Werkzeug, costs.next()??.into(), costs.next()??, costs.next()??)
    } else {
        let parts: Vec<&str> = stored.strip_prefix("scrypt$")?.split('$').collect();
        let [n, _, block, lanes, _] = parts[..] else { return None };
        (ScryptForm::Django, number(n)?.into(), number(block)?, number(lanes)?)
    };
    // The salt and the hash.
    stored.split('$').nth(2)?;
    let log_n = (n >= 2 && n.is_power_of_two()).then(|| n.trailing_zeros() as u8)?;
    Some(Scheme::Scrypt {
        form,
        log_n: log_n.min(SCRYPT_LOG_N_MAX),
        block: block.clamp(1, SCRYPT_BLOCK_MAX),
        lanes: lanes.clamp(1, SCRYPT_LANES_MAX),
    })
}

fn pbkdf2(stored: &str) -> Option<Scheme> {
    let (form, digest, rounds) = if let Some(rest) = stored.strip_prefix("pbkdf2_") {
        let (digest, rest) = rest.split_once('$')?;
        (Pbkdf2Form::Django, digest, rest.split('$').next()?)
    } else if let Some(rest) = stored.strip_prefix("pbkdf2:") {
        let (digest, rounds) = rest.split('$').next()?.split_once(':')?;
        (Pbkdf2Form::Werkzeug, digest, rounds)
    } else {
        let (digest, rest) = stored.strip_prefix("$pbkdf2-")?.split_once('$')?;
        let costs = rest.split('$').next()?;
        match costs.strip_prefix("i=") {
            Some(costs) => (Pbkdf2Form::Phc, digest, costs.split(',').next()?),
            None => (Pbkdf2Form::Passlib, digest, costs),
        }
    };
    // The salt and the hash.
    stored.split('$').nth(2)?;
    let rounds = two_digits(number(rounds)?.clamp(1, PBKDF2_ROUNDS_MAX));
    Some(Scheme::Pbkdf2 { form, digest: Digest::named(digest)?, rounds })
}

/// One byte 1, then as 32-bit integers, big end first, the function, the rounds and the salt's 16 bytes; salt; hash of 32
/// bytes.
fn asp_net(stored: &str) -> Option<Scheme> {
    // Its first byte makes an A of the first character.
    let bytes = stored.starts_with('A').then(|| STANDARD.decode(stored).ok())??;
    let [1, rest @ ..] = &bytes[..] else { return None };
    let word = |at: usize| Some(u32::from_be_bytes(rest.get(4 * at..4 * at + 4)?.try_into().ok()?));
    let (function, rounds, salt) = (word(0)?, word(1)?, word(2)?);
    let digest = match function {
        1 => Digest::Sha256,
        2 => Digest::Sha512,
        _ => return None,
    };
    let whole = salt == 16 && bytes.len() == 61;
    let rounds = two_digits(rounds.clamp(1, PBKDF2_ROUNDS_MAX));
    whole.then_some(Scheme::Pbkdf2 { form: Pbkdf2Form::AspNet, digest, rounds })
}

fn number(digits: &str) -> Option<u32> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// The number with all but its first two digits 0.
fn two_digits(number: u32) -> u32 {
    let unit = 10u32.pow(number.max(1).ilog10().saturating_sub(1));
    number / unit * unit
}
