//! How much of a text a column holds.

use waxwork_core::catalog::{TextKind, TextType};

/// What a column holds of a text.
pub(crate) struct Fit {
    chars: usize,
    /// For `name`, which counts bytes.
    bytes: usize,
}

impl Fit {
    pub(crate) fn of(text: TextType) -> Self {
        let most = text.max_chars.map_or(usize::MAX, |chars| chars as usize);
        Self { chars: most, bytes: if text.kind == TextKind::Name { most } else { usize::MAX } }
    }

    /// As much of a text as the column holds, in whole characters.
    pub(crate) fn cut<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        if text.len() <= self.chars.min(self.bytes) {
            return text;
        }
        let begins = |at: &usize| text.get(*at).is_none_or(|byte| byte & 0b1100_0000 != 0b1000_0000);
        let ends = (0..=text.len()).filter(begins).take_while(|at| *at <= self.bytes);
        &text[..ends.take(self.chars.saturating_add(1)).last().unwrap_or(0)]
    }
}
