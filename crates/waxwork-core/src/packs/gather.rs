//! The packs of one rule file, in the order in which they decide.
//!
//! ```text
//!   [policy] packs ─► shipped by name, or a file's text by the caller's reader ─► each pack, then what it extends ─► once each
//! ```

use super::{Pack, find, names};
use crate::diagnostic::Diagnostic;
use crate::rules::reader::shown;
use crate::rules::{At, hint_known};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Gives the text of a pack's file, or in a few words why it cannot.
pub type PackReader<'r> = dyn Fn(&Path) -> Result<String, String> + 'r;

/// A reader that has no files.
///
/// # Errors
/// Always.
pub fn no_files(_: &Path) -> Result<String, String> {
    Err("no file can be read here".to_owned())
}

/// The packs that are named in a rule file, each followed by those that it extends; one that stands twice decides at
/// its first place. A file's path starts from the folder of the file that names it.
pub(crate) fn gather(
    named: &[At<String>],
    rule_file: &str,
    read: &PackReader<'_>,
    errors: &mut Vec<Diagnostic>,
) -> Vec<Arc<Pack>> {
    let folder = folder_of(Path::new(rule_file));
    let mut gathering = Gathering { folder: &folder, read, packs: Vec::new(), errors };
    gathering.add_all(named, Path::new(""));
    gathering.packs
}

struct Gathering<'g> {
    /// The rule file's.
    folder: &'g Path,
    read: &'g PackReader<'g>,
    packs: Vec<Arc<Pack>>,
    errors: &'g mut Vec<Diagnostic>,
}

impl Gathering<'_> {
    /// Adds packs that are named by a file in a folder, which is given from the rule file's.
    fn add_all(&mut self, named: &[At<String>], from: &Path) {
        for pack in named {
            if is_path(&pack.value) {
                self.add_file(pack, &plain_path(&from.join(&pack.value)));
            } else {
                self.add_shipped(pack);
            }
        }
    }

    fn add_shipped(&mut self, named: &At<String>) {
        let Some(pack) = find(&named.value) else {
            let message = format!("pack {} does not exist", shown(&named.value));
            let hint = hint_known(&named.value, names());
            let unknown = Diagnostic::rule("unknown_pack", message).hint(hint);
            return self.errors.push(unknown.at(Some(named.location.clone())));
        };
        if !self.has(&pack.name) {
            self.packs.push(Arc::clone(pack));
            self.add_all(&pack.extends, Path::new(""));
        }
    }

    fn add_file(&mut self, named: &At<String>, path: &Path) {
        let name = path.display().to_string();
        if self.has(&name) {
            return;
        }
        let file = self.folder.join(path);
        match (self.read)(&file) {
            Ok(text) => match Pack::parse(&name, &file.display().to_string(), &text) {
                Ok(pack) => {
                    let pack = Arc::new(pack);
                    self.packs.push(Arc::clone(&pack));
                    self.add_all(&pack.extends, &folder_of(path));
                }
                Err(mut found) => self.errors.append(&mut found),
            },
            Err(why) => {
                let message = format!("could not read pack {}: {why}", shown(&name));
                let unread = Diagnostic::rule("pack_file", message);
                self.errors.push(unread.at(Some(named.location.clone())));
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        self.packs.iter().any(|pack| pack.name == name)
    }
}

/// A pack that is named as a file: no shipped pack's name looks so.
fn is_path(name: &str) -> bool {
    name.contains('/') || name.ends_with(".toml")
}

fn folder_of(file: &Path) -> PathBuf {
    file.parent().map(Path::to_owned).unwrap_or_default()
}

/// Without `.`, and without `..` where a folder stands before it: one file has one name, and files that extend each
/// other come to an end.
fn plain_path(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        let last = plain.components().next_back();
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(last, Some(Component::Normal(_))) => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
