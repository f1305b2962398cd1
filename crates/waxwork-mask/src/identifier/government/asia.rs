//! India.

use crate::identifier::check::verhoeff;
use crate::identifier::format::Format;

/// Aadhaar. Reserved: a first digit 0 or 1, with which no number begins (UIDAI, "A UID numbering scheme", 2010, 2.5).
pub(super) static IN_AADHAAR: Format =
    Format::new(&["[01]##########?"], &["[2-9]##########?"], "#### #### ####", verhoeff);
