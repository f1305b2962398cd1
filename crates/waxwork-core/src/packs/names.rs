//! Names of columns and tables by their words, and patterns of them.
//!
//! `password_hash`, `passwordHash`, `PasswordHash`, `PASSWORD-HASH` and `passwordhash` are one name to a pattern.

/// A name in the forms that patterns look at.
pub(super) struct NameWords {
    /// Lower-case words joined by underscores.
    words: String,
    /// The same without a number at the end: `address_line_2` is one more `address_line`.
    unnumbered: String,
    /// The same without underscores: SQL folds an unquoted `passwordHash` to `passwordhash`.
    joined: String,
}

impl NameWords {
    pub(super) fn new(name: &str) -> Self {
        let words = words(name);
        let unnumbered = words.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_').to_owned();
        let joined = unnumbered.replace('_', "");
        Self { words, unnumbered, joined }
    }
}

/// A pattern of words: `*` stands for any characters, anything else for itself.
#[derive(Debug)]
pub(super) struct Pattern(String);

impl Pattern {
    /// Reads a pattern: lower-case words joined by underscores, and `*`.
    pub(super) fn new(text: &str) -> Option<Self> {
        let plain = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '*');
        let names_something = text.contains(|c: char| c.is_ascii_lowercase());
        (text.chars().all(plain) && names_something).then(|| Self(text.to_owned()))
    }

    pub(super) fn matches(&self, name: &NameWords) -> bool {
        if glob(&self.0, &name.words) || glob(&self.0, &name.unnumbered) {
            return true;
        }
        // Without its underscores `*_ip` would take `membership`, so only whole names are compared so.
        !self.0.contains('*') && self.0.replace('_', "") == name.joined
    }
}

/// Splits at capitals and at what is no letter or digit: `userIDHash` is `user_id_hash`.
pub(crate) fn words(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut words = String::new();
    for (at, &c) in characters.iter().enumerate() {
        let after_lower = at > 0 && (characters[at - 1].is_lowercase() || characters[at - 1].is_numeric());
        let before_lower = characters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let after_upper = at > 0 && characters[at - 1].is_uppercase();
        let starts_word = c.is_uppercase() && (after_lower || after_upper && before_lower);
        if (starts_word || !c.is_alphanumeric()) && !words.is_empty() && !words.ends_with('_') {
            words.push('_');
        }
        if c.is_alphanumeric() {
            words.extend(c.to_lowercase());
        }
    }
    words
}

fn glob(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(start) else { return false };
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    ends.into_iter().any(|at| glob(rest, &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::new(pattern).unwrap().matches(&NameWords::new(name))
    }

    #[test]
    fn one_name_has_many_spellings() {
        for name in [
            "password_hash",
            "passwordHash",
            "PasswordHash",
            "PASSWORD-HASH",
            "passwordhash",
            "Password Hash",
        ] {
            assert!(matches("password_hash", name), "{name}");
        }
        assert!(matches("ip_address", "IPAddress"));
        assert!(matches("*_id_hash", "userIDHash"));
    }

    #[test]
    fn a_number_at_the_end_changes_nothing() {
        for name in ["address2", "address_2", "Address02"] {
            assert!(matches("address", name), "{name}");
        }
        assert!(matches("md5", "md5") && !matches("md5", "md"));
    }

    #[test]
    fn a_star_stands_for_any_words_but_never_for_a_part_of_one() {
        assert!(matches("*_ip", "last_login_ip") && matches("*_ip", "lastLoginIp"));
        for name in ["membership", "zip", "tooltip", "ip"] {
            assert!(!matches("*_ip", name), "{name}");
        }
        assert!(matches("password_*_token", "password_reset_token"));
        assert!(!matches("password_*_token", "password_token"));
    }

    #[test]
    fn patterns_are_lower_case_words() {
        for text in ["", "*", "Password", "a-b", "_", "pass word"] {
            assert!(Pattern::new(text).is_none(), "{text}");
        }
    }
}
