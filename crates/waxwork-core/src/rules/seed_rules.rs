//! Seeds of `[subset]`: the rows that a copy starts from.

use super::mask_rules::constant_of;
use super::reader::{Entry, Reader, Section};
use super::{At, SeedKeys, SeedRule, decimal};
use crate::diagnostic::Diagnostic;
use crate::packs::PackReader;
use crate::subset::Condition;
use std::path::Path;
use toml::de::{DeArray, DeValue};

impl Reader<'_> {
    pub(super) fn seed(&mut self, section: &Section<'_>) -> Option<SeedRule> {
        self.known_keys(section, &["table", "where", "keys", "keys_file", "percent", "rows", "by"]);
        self.at_most_one(section, &["percent", "rows"]);
        self.at_most_one(section, &["where", "keys", "keys_file"]);
        if section.get("table").is_none() {
            self.missing(section, "table");
        }
        let condition = self.condition(section);
        let keys = self.keys(section);
        let percent = self.percent(section);
        let rows = self.count(section, "rows", 0);
        let by = self.text(section, "by");
        if let (Some(by), None, None) = (&by, &percent, &rows) {
            let message = format!("key \"by\" in {} has nothing to divide", section.name);
            let hint = "It takes percent or rows of the rows that have one value of a column.";
            self.push(Diagnostic::rule("bad_value", message).hint(hint).at(Some(by.location.clone())));
        }
        let table = self.text(section, "table")?;
        let table = self.table_name(table)?;
        Some(SeedRule { table, condition, keys, percent, rows, by })
    }

    pub(super) fn condition(&mut self, section: &Section<'_>) -> Option<Condition> {
        let text = self.text(section, "where")?;
        Some(Condition { sql: text.value, location: Some(text.location) })
    }

    fn keys(&mut self, section: &Section<'_>) -> Option<At<SeedKeys>> {
        if let Some(file) = self.text(section, "keys_file") {
            return Some(At { value: SeedKeys::File(file.value), location: file.location });
        }
        let entry = section.get("keys")?;
        let DeValue::Array(items) = entry.value else {
            self.wrong_type(section, entry, "an array of keys");
            return None;
        };
        let keys: Option<Vec<Vec<String>>> = items.iter().map(|item| key(item.get_ref())).collect();
        match keys.filter(|keys| !keys.is_empty() && alike(keys)) {
            Some(keys) => Some(self.at(SeedKeys::Stated(keys), entry.value_start)),
            None => {
                let message = format!("invalid value for key \"keys\" in {}", section.name);
                let detail =
                    "It must be values of the primary key, or arrays of values of a key of several columns.";
                self.error(entry.value_start, Diagnostic::rule("bad_value", message).detail(detail));
                None
            }
        }
    }

    /// The decimal as it is written, because the rows that it selects are counted without rounding it first.
    fn percent(&mut self, section: &Section<'_>) -> Option<At<String>> {
        let entry = section.get("percent")?;
        let Some(written) = written(entry) else {
            self.wrong_type(section, entry, "a decimal number");
            return None;
        };
        let written = written.strip_prefix('+').unwrap_or(written);
        if decimal(written).is_some_and(is_percentage) {
            return Some(self.at(written.to_owned(), entry.value_start));
        }
        let message = format!("key \"percent\" in {} is out of range", section.name);
        let detail = "It must be a plain decimal above 0 and at most 100, of at most 18 digits.";
        self.error(entry.value_start, Diagnostic::rule("bad_value", message).detail(detail));
        None
    }

    /// Reads the files that seeds name; a path starts from the rule file's folder.
    pub(super) fn read_keys(&mut self, seeds: &mut [SeedRule], read: &PackReader<'_>) {
        let folder = Path::new(self.file()).parent().map(Path::to_owned).unwrap_or_default();
        for keys in seeds.iter_mut().filter_map(|seed| seed.keys.as_mut()) {
            let SeedKeys::File(file) = &keys.value else { continue };
            let refuse = |why: String| {
                Diagnostic::rule("keys_file", format!("could not read keys_file \"{file}\": {why}"))
                    .hint("It holds a key a line, the columns of a key with a tab between them.")
                    .at(Some(keys.location.clone()))
            };
            match read(&folder.join(file)).and_then(|text| lines(&text)) {
                Ok(stated) => keys.value = SeedKeys::Stated(stated),
                Err(why) => self.push(refuse(why)),
            }
        }
    }
}

fn written<'e>(entry: Entry<'e>) -> Option<&'e str> {
    match entry.value {
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
        DeValue::Float(number) => Some(number.as_str()),
        _ => None,
    }
}

/// One key: a value, or those of its columns.
fn key(value: &DeValue<'_>) -> Option<Vec<String>> {
    let columns = |items: &DeArray<'_>| items.iter().map(|item| constant_of(item.get_ref())).collect();
    match value {
        DeValue::Array(items) => columns(items),
        one => constant_of(one).map(|one| vec![one]),
    }
}

/// The keys of a file.
fn lines(text: &str) -> Result<Vec<Vec<String>>, String> {
    let lines = text.lines().filter(|line| !line.is_empty());
    let keys: Vec<Vec<String>> = lines.map(|line| line.split('\t').map(str::to_owned).collect()).collect();
    match (keys.is_empty(), alike(&keys)) {
        (true, _) => Err("it holds no key".to_owned()),
        (false, false) => Err("its keys have different numbers of columns".to_owned()),
        (false, true) => Ok(keys),
    }
}

fn alike(keys: &[Vec<String>]) -> bool {
    keys.windows(2).all(|pair| pair[0].len() == pair[1].len())
}

/// Above 0 and at most 100.
fn is_percentage((digits, scale): (u64, u32)) -> bool {
    digits > 0 && u128::from(digits) <= 100 * 10u128.pow(scale)
}
