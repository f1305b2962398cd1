//! Decimal literals: what JSON calls a number (RFC 8259, section 6).

/// A decimal literal's pieces.
pub(crate) struct Literal<'a> {
    minus: &'a [u8],
    whole: &'a [u8],
    fraction: Option<&'a [u8]>,
    exponent: &'a [u8],
}

impl<'a> Literal<'a> {
    /// The pieces of a whole text; leading zeros are allowed, as texts of people have them.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let (minus, rest) = text.split_at(usize::from(text.first() == Some(&b'-')));
        let (whole, rest) = rest.split_at(digits_at(rest));
        let (fraction, exponent) = match rest.strip_prefix(b".") {
            None => (None, rest),
            Some(rest) => {
                let (fraction, rest) = rest.split_at(digits_at(rest));
                (Some(fraction), rest)
            }
        };
        let complete = !whole.is_empty() && fraction.is_none_or(|fraction| !fraction.is_empty());
        (complete && is_exponent(exponent)).then_some(Self { minus, whole, fraction, exponent })
    }

    /// Whether a text is a number to JSON, which allows no leading zero.
    pub(crate) fn is_json(text: &'a [u8]) -> bool {
        Self::parse(text).is_some_and(|literal| literal.whole.len() == 1 || literal.whole[0] != b'0')
    }

    /// Digits of the exponent.
    pub(crate) fn exponent_digits(&self) -> usize {
        self.exponent.iter().filter(|byte| byte.is_ascii_digit()).count()
    }

    /// All digits before the exponent, in ASCII.
    pub(crate) fn digits(&self) -> impl Iterator<Item = u8> {
        self.whole.iter().chain(self.fraction.unwrap_or_default()).copied()
    }

    /// Appends the literal with other digits (0 to 9, at most as many), without leading zeros.
    pub(crate) fn write(&self, digits: &[u8], out: &mut Vec<u8>) {
        let fraction = self.fraction.map_or(0, <[u8]>::len);
        let zeros = (self.whole.len() + fraction).saturating_sub(digits.len());
        let all: Vec<u8> =
            std::iter::repeat_n(0, zeros).chain(digits.iter().copied()).map(|digit| digit + b'0').collect();
        let (whole, fraction) = all.split_at(self.whole.len());
        let zeros = whole.iter().take_while(|digit| **digit == b'0').count().min(whole.len() - 1);
        out.extend_from_slice(self.minus);
        out.extend_from_slice(&whole[zeros..]);
        if self.fraction.is_some() {
            out.push(b'.');
            out.extend_from_slice(fraction);
        }
        out.extend_from_slice(self.exponent);
    }
}

fn digits_at(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn is_exponent(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b'e' | b'E', b'+' | b'-', digits @ ..] | [b'e' | b'E', digits @ ..] => {
            !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_numbers_are_told_from_other_texts() {
        for text in ["0", "-0", "10", "1.0", "0.5e-3", "1E+9"] {
            assert!(Literal::is_json(text.as_bytes()), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
        }
        for text in ["", "-", "01", "1.", ".5", "1e", "+1", "1 ", "0x1", "1e+"] {
            assert!(!Literal::is_json(text.as_bytes()), "{text}");
            assert!(text == "1 " || serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
        }
    }
}
