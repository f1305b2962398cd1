//! Hashes of the stated password, written as each scheme's users write them.

use super::Pick;
use super::scheme::{Argon2Variant, BcryptForm, BcryptVersion, Digest, Pbkdf2Form, Scheme, ScryptForm};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use pbkdf2::pbkdf2_hmac;
use sha2::{Digest as _, Sha256, Sha512};
use zeroize::Zeroizing;

/// The password, and what salts are made from.
pub(super) struct Hasher {
    password: Zeroizing<String>,
    salts: Zeroizing<[u8; 32]>,
}

const SALT_BYTES: usize = 16;

/// Characters of a salt in Django, whose column of 128 a scrypt hash fills with that.
const DJANGO_SALT_CHARS: usize = 22;

/// Characters of a salt in Werkzeug.
const WERKZEUG_SALT_CHARS: usize = 16;

impl Hasher {
    pub(super) fn new(password: Zeroizing<String>, salts: Zeroizing<[u8; 32]>) -> Self {
        Self { password, salts }
    }

    /// The hash in a scheme; `None` where the scheme's costs are none that it can be made with.
    pub(super) fn hash(&self, scheme: &Scheme, pick: Pick) -> Option<String> {
        let salt = self.salt(pick);
        match scheme {
            Scheme::Bcrypt { form, version, cost } => self.bcrypt(*form, *version, *cost, salt),
            Scheme::Argon2 { django, variant, memory_kib, passes, lanes } => {
                let params = Params::new(*memory_kib, *passes, *lanes, Some(32)).ok()?;
                self.argon2(*django, *variant, params, salt)
            }
            Scheme::Scrypt { form, log_n, block, lanes } => {
                self.scrypt(*form, scrypt::Params::new(*log_n, *block, *lanes).ok()?, salt)
            }
            Scheme::Pbkdf2 { form, digest, rounds } => Some(self.pbkdf2(*form, *digest, *rounds, salt)),
        }
    }

    /// A salt of the run's key, and of nothing that a row holds; one for every scheme.
    fn salt(&self, pick: Pick) -> [u8; SALT_BYTES] {
        let mut hasher = blake3::Hasher::new_keyed(&self.salts);
        hasher.update(&[pick as u8]);
        let mut salt = [0; SALT_BYTES];
        hasher.finalize_xof().fill(&mut salt);
        salt
    }

    fn bcrypt(
        &self,
        form: BcryptForm,
        version: BcryptVersion,
        cost: u32,
        salt: [u8; SALT_BYTES],
    ) -> Option<String> {
        let version = match version {
            BcryptVersion::A => bcrypt::Version::TwoA,
            BcryptVersion::B => bcrypt::Version::TwoB,
            BcryptVersion::Y => bcrypt::Version::TwoY,
        };
        let made = match form {
            BcryptForm::DjangoSha256 => {
                let digest = Zeroizing::new(hex(&Sha256::digest(self.password.as_bytes())));
                bcrypt::hash_with_salt(digest.as_bytes(), cost, salt)
            }
            BcryptForm::Plain | BcryptForm::Spring | BcryptForm::Django => {
                bcrypt::hash_with_salt(self.password.as_bytes(), cost, salt)
            }
        };
        Some(format!("{}{}", form.prefix(), made.ok()?.format_for_version(version)))
    }

    fn argon2(
        &self,
        django: bool,
        variant: Argon2Variant,
        params: Params,
        salt: [u8; SALT_BYTES],
    ) -> Option<String> {
        let algorithm = match variant {
            Argon2Variant::D => Algorithm::Argon2d,
            Argon2Variant::I => Algorithm::Argon2i,
            Argon2Variant::Id => Algorithm::Argon2id,
        };
        let costs = format!("m={},t={},p={}", params.m_cost(), params.t_cost(), params.p_cost());
        let mut hash = [0; 32];
        let argon2 = Argon2::new(algorithm, Version::V0x13, params);
        argon2.hash_password_into(self.password.as_bytes(), &salt, &mut hash).ok()?;
        let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
        let before = if django { "argon2" } else { "" };
        Some(format!("{before}${}$v=19${costs}${salt}${hash}", variant.name()))
    }

    fn scrypt(&self, form: ScryptForm, params: scrypt::Params, salt: [u8; SALT_BYTES]) -> Option<String> {
        let (log_n, block, lanes) = (params.log_n(), params.r(), params.p());
        let text = hex(&salt);
        let (salt, bytes) = match form {
            ScryptForm::Phc => (&salt[..], 32),
            ScryptForm::Werkzeug => (&text.as_bytes()[..WERKZEUG_SALT_CHARS], 64),
            ScryptForm::Django => (&text.as_bytes()[..DJANGO_SALT_CHARS], 64),
        };
        let mut hash = vec![0; bytes];
        scrypt::scrypt(self.password.as_bytes(), salt, &params, &mut hash).ok()?;
        let n = 1u64 << log_n;
        Some(match form {
            ScryptForm::Phc => {
                let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
                format!("$scrypt$ln={log_n},r={block},p={lanes}${salt}${hash}")
            }
            ScryptForm::Werkzeug => {
                format!("scrypt:{n}:{block}:{lanes}${}${}", &text[..WERKZEUG_SALT_CHARS], hex(&hash))
            }
            ScryptForm::Django => {
                let hash = STANDARD.encode(hash);
                format!("scrypt${n}${}${block}${lanes}${hash}", &text[..DJANGO_SALT_CHARS])
            }
        })
    }

    fn pbkdf2(&self, form: Pbkdf2Form, digest: Digest, rounds: u32, salt: [u8; SALT_BYTES]) -> String {
        let text = hex(&salt);
        let text = match form {
            Pbkdf2Form::Werkzeug => &text[..WERKZEUG_SALT_CHARS],
            _ => &text[..DJANGO_SALT_CHARS],
        };
        let salt_bytes = match form {
            Pbkdf2Form::Django | Pbkdf2Form::Werkzeug => text.as_bytes(),
            Pbkdf2Form::Phc | Pbkdf2Form::Passlib | Pbkdf2Form::AspNet => &salt[..],
        };
        let mut hash = vec![0; if form == Pbkdf2Form::AspNet { 32 } else { digest.bytes() }];
        match digest {
            Digest::Sha256 => pbkdf2_hmac::<Sha256>(self.password.as_bytes(), salt_bytes, rounds, &mut hash),
            Digest::Sha512 => pbkdf2_hmac::<Sha512>(self.password.as_bytes(), salt_bytes, rounds, &mut hash),
        }
        let name = digest.name();
        match form {
            Pbkdf2Form::Django => format!("pbkdf2_{name}${rounds}${text}${}", STANDARD.encode(hash)),
            Pbkdf2Form::Werkzeug => format!("pbkdf2:{name}:{rounds}${text}${}", hex(&hash)),
            Pbkdf2Form::Phc => {
                let (salt, length) = (STANDARD_NO_PAD.encode(salt), hash.len());
                format!("$pbkdf2-{name}$i={rounds},l={length}${salt}${}", STANDARD_NO_PAD.encode(hash))
            }
            Pbkdf2Form::Passlib => {
                format!("$pbkdf2-{name}${rounds}${}${}", adapted(&salt), adapted(&hash))
            }
            Pbkdf2Form::AspNet => asp_net(digest, rounds, &salt, &hash),
        }
    }
}

/// passlib's base64: a point for the plus, and no padding.
fn adapted(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes).replace('+', ".")
}

fn asp_net(digest: Digest, rounds: u32, salt: &[u8], hash: &[u8]) -> String {
    let function = match digest {
        Digest::Sha256 => 1u32,
        Digest::Sha512 => 2,
    };
    let mut bytes = vec![1];
    for word in [function, rounds, salt.len() as u32] {
        bytes.extend(word.to_be_bytes());
    }
    bytes.extend_from_slice(salt);
    bytes.extend_from_slice(hash);
    STANDARD.encode(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
