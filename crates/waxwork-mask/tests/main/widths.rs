//! How narrow a column of texts may be: what the plan's hints believe of each mask is what compiling it says.

use crate::fixture::{Fixture, WIRES, keyring, spec, varchar};
use waxwork_core::masks::MaskKind;

/// The narrowest `varchar(n)` on which a mask without options compiles; `None` where it needs options or no width helps.
fn narrowest(kind: MaskKind) -> Option<u32> {
    let compiles = |chars: u32| {
        let fixture = Fixture::one(varchar(chars), spec(kind));
        WIRES.iter().all(|wire| fixture.compile(&keyring(), *wire).is_ok())
    };
    let widths: Vec<u32> = (1..=80).filter(|chars| compiles(*chars)).collect();
    // Wider is never worse.
    let first = *widths.first()?;
    assert_eq!(widths, (first..=80).collect::<Vec<_>>(), "{}", kind.name());
    Some(first)
}

#[test]
fn a_mask_compiles_on_the_narrowest_column_that_hints_name_it_for_and_on_no_narrower_one() {
    for kind in MaskKind::all().filter(|kind| kind.holds(&varchar(80)) && kind.info().required.is_empty()) {
        assert_eq!(narrowest(kind), Some(kind.least_chars()), "{}", kind.name());
    }
}
