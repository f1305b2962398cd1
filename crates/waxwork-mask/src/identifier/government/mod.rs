//! Numbers of authorities, by country.

mod america;
mod asia;
mod central;
mod north;
mod south;

use super::format::Format;
use waxwork_core::masks::MaskKind;

pub(super) fn format(kind: MaskKind) -> Option<&'static Format> {
    Some(match kind {
        MaskKind::UsSsn => &america::US_SSN,
        MaskKind::CaSin => &america::CA_SIN,
        MaskKind::BrCpf => &america::BR_CPF,
        MaskKind::BrCnpj => &america::BR_CNPJ,
        MaskKind::UkNhs => &north::UK_NHS,
        MaskKind::UkNino => &north::UK_NINO,
        MaskKind::NlBsn => &north::NL_BSN,
        MaskKind::SePersonnummer => &north::SE_PERSONNUMMER,
        MaskKind::DeTaxId => &central::DE_TAX_ID,
        MaskKind::PlPesel => &central::PL_PESEL,
        MaskKind::FrNir => &south::FR_NIR,
        MaskKind::EsNif => &south::ES_NIF,
        MaskKind::ItCf => &south::IT_CF,
        MaskKind::InAadhaar => &asia::IN_AADHAAR,
        _ => return None,
    })
}
