//! The shipped rule packs.

/// A pack.
pub struct Pack {
    /// Its name.
    pub name: &'static str,
}

static PACKS: [Pack; 2] = [Pack { name: "credentials" }, Pack { name: "gdpr" }];

/// The pack of that name.
pub fn find(name: &str) -> Option<&'static Pack> {
    PACKS.iter().find(|pack| pack.name == name)
}

/// The packs' names.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    PACKS.iter().map(|pack| pack.name)
}
