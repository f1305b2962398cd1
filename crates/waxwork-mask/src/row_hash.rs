//! The keyed order in which a subset takes rows.

use crate::key::{Keyring, Kind, Purpose};
use crate::prf::Prf;

/// Hashes of one table's rows under a subkey that no mask uses: which rows are taken says nothing about pseudonyms.
pub struct RowHash(Prf);

impl std::fmt::Debug for RowHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RowHash(key hidden)")
    }
}

impl RowHash {
    /// For a table by its name, which is the same on every replica.
    pub fn new(keyring: &Keyring, table_name: &str) -> Self {
        Self(keyring.prf(Purpose::Select, table_name, Kind::Text))
    }

    /// The hash of a row's key (or of a whole row) in text form; lowest goes first.
    pub fn hash(&self, key_text: &[u8]) -> u64 {
        self.0.hash(key_text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::keyring;

    #[test]
    fn order_depends_on_the_table_and_the_realm() {
        let order = |keyring: &Keyring, table| {
            let hash = RowHash::new(keyring, table);
            let mut rows: Vec<u32> = (0..50).collect();
            rows.sort_by_key(|row| hash.hash(row.to_string().as_bytes()));
            rows
        };
        let elsewhere = Keyring::new(&crate::MaskKey::from_bytes([7; 32]), "elsewhere");
        assert_eq!(order(&keyring(), "public.a"), order(&keyring(), "public.a"));
        assert_ne!(order(&keyring(), "public.a"), order(&keyring(), "public.b"));
        assert_ne!(order(&keyring(), "public.a"), order(&elsewhere, "public.a"));
    }
}
