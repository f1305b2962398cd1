//! The table of masks: what the manual, the parser and the plan know of each, one entry a mask.
//!
//! ```text
//!   kin ─► people, identifiers, values, texts, choices ─► MASKS
//! ```

mod choices;
mod identifiers;
mod kin;
mod people;
mod texts;
mod values;

use super::{MaskKind, OptionKind, Setting, TypeClass};

/// All that is known of one mask without running it.
#[derive(Clone, Copy, Debug)]
pub struct MaskInfo {
    /// Which one.
    pub kind: MaskKind,
    /// `family.kind`, as rules write it.
    pub name: &'static str,
    /// What the copy holds, in one sentence of the manual.
    pub about: &'static str,
    /// A value for the manual's example, in the text form of the first type that it holds.
    pub sample: &'static str,
    /// Types that it holds; arrays ask for their elements.
    pub holds: &'static [TypeClass],
    /// Types on which `nulls = "mask"` means anything: whose results need no value to be made from.
    pub masks_null: &'static [TypeClass],
    /// Options that a rule may give it, besides `mask` itself.
    pub options: &'static [(&'static str, OptionKind)],
    /// Options that it cannot be without.
    pub required: &'static [&'static str],
    /// Options of whole rules, in TOML: the manual shows the first, and tests run all of them, on every type that takes
    /// them, beside columns `id bigint` and `name text` (enum labels are `ok`, `so so`, `gone`). A `value` of kind
    /// [`OptionKind::Constant`] is left out: it is of the column's type.
    pub examples: &'static [&'static str],
    /// What options are where a rule leaves them out.
    pub defaults: &'static [(&'static str, Setting)],
    /// What it is under a unique key or a reference.
    pub unique: Unique,
    /// It acts on string and number leaves of JSON documents.
    pub leaves: bool,
    /// Values that it may give back, besides empty ones; any other becomes another.
    pub gives_back: &'static [GivesBack],
    /// Values at which it stops the run, in words of the manual; empty: it takes every value of its types.
    pub stops_at: &'static str,
    /// Its result depends on the key, where it need not be unique.
    pub keyed: bool,
    /// What its domain is called where no rule says so.
    pub domain: DomainName,
    /// With `by`, whose part its result is.
    pub entity: Option<Entity>,
    /// Its result is never longer than its input or is cut without loss: a narrow column of the domain binds no other
    /// while it is not injective.
    pub fits_by_itself: bool,
}

/// What one row has one of, and masks keyed `by` the same write parts of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    /// Names, mail address, phone.
    Person,
    /// An address.
    Place,
    /// A company.
    Company,
}

impl Entity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Entity::Person => "person",
            Entity::Place => "place",
            Entity::Company => "company",
        }
    }
}

/// Whether distinct values can be given distinct results, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unique {
    /// They cannot.
    No,
    /// By a keyed code of the value, which takes so many characters at least of a text column.
    Code(u32),
    /// By a permutation, which keeps the value's length; a text without an alphabet takes a code of so many characters.
    Permutation(u32),
    /// With `reserved = false`, by a permutation of all valid numbers: those that nobody holds are too few. The shortest
    /// have so many characters.
    Whole(u32),
}

/// A kind of value that a mask may give back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivesBack {
    /// 0, of any scale.
    Zero,
    /// NaN and the infinities, of numbers and of dates.
    NotFinite,
    /// One of fewer than 2^10 that there are: `bool`, an enum, a text of up to three characters.
    OneOfFew,
    /// One that is already as coarse as the mask makes it.
    Coarse,
    /// A text in which nothing is recognised.
    Unrecognised,
    /// Any: the result does not depend on it.
    Any,
}

impl GivesBack {
    /// In words of the manual.
    pub fn words(self) -> &'static str {
        match self {
            GivesBack::Zero => "0",
            GivesBack::NotFinite => "NaN and the infinities",
            GivesBack::OneOfFew => "one of fewer than 1024 possible values",
            GivesBack::Coarse => "a value that is already as coarse",
            GivesBack::Unrecognised => "a text in which nothing is recognised",
            GivesBack::Any => "a value that happens to be the result, which does not depend on it",
        }
    }
}

/// What a domain is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainName {
    /// The mask acts in none.
    None,
    /// The mask's name with its options.
    Options,
    /// The column, or the key that it refers to.
    Root,
    /// The mask's name and the column, or the key that it refers to: its result says nothing of the value, so that no
    /// column has a reason to bind another.
    NameAndRoot,
}

/// Every mask, in the order of [`MaskKind`] and of the manual.
pub static MASKS: [MaskInfo; MaskKind::COUNT] = {
    let families = [people::MASKS, identifiers::MASKS, values::MASKS, texts::MASKS, choices::MASKS];
    let mut all = [people::MASKS[0]; MaskKind::COUNT];
    // Constants know loops, but neither iterators nor `concat`.
    let (mut family, mut place) = (0, 0);
    while family < families.len() {
        let mut at = 0;
        while at < families[family].len() {
            all[place] = families[family][at];
            (at, place) = (at + 1, place + 1);
        }
        family += 1;
    }
    assert!(place == MaskKind::COUNT, "every mask has one entry");
    all
};
