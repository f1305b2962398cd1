//! The nearest known name to one that is not known.

use strsim::damerau_levenshtein;

/// The known name that `name` is most likely a slip of, if any is near enough.
///
/// A whole part of a dotted name counts as near (`email` for `contact.email`); else at most one edit in three
/// characters, letter case aside. Among equals the first known name wins, so that a message never changes by chance.
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let name = name.to_lowercase();
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(whole) = known.iter().find(|candidate| candidate.split('.').any(|part| part == name)) {
        return Some(whole);
    }
    let edits_max = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (damerau_levenshtein(&name, &candidate.to_lowercase()), candidate))
        .filter(|(edits, _)| *edits <= edits_max)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// `Perhaps you meant "…".`, or the known names where none is near.
pub fn hint_known<'k>(name: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!("Perhaps you meant \"{near}\"."),
        None => {
            let known: Vec<String> = known.into_iter().map(|name| format!("\"{name}\"")).collect();
            format!("Known here: {}.", known.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASKS: [&str; 3] = ["contact.email", "contact.phone", "person.full_name"];

    #[test]
    fn a_slip_finds_its_name() {
        assert_eq!(nearest("contact.emial", MASKS), Some("contact.email"));
        assert_eq!(nearest("Contact.Email", MASKS), Some("contact.email"));
    }

    #[test]
    fn one_part_of_a_dotted_name_is_near() {
        assert_eq!(nearest("full_name", MASKS), Some("person.full_name"));
    }

    #[test]
    fn a_stranger_is_near_to_nothing() {
        assert_eq!(nearest("x", MASKS), None);
        assert_eq!(nearest("address.city", MASKS), None);
    }
}
