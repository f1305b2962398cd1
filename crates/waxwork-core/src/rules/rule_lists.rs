//! A column's whole rule: one, or a list of rules with conditions whose last rule has none.

use super::reader::{Entry, Reader, Section};
use super::{At, Rule, RuleCase};
use crate::condition::{self, Written};
use crate::diagnostic::Diagnostic;
use toml::Spanned;
use toml::de::{DeArray, DeValue};

/// What a list looks like, for hints.
const LIST: &str =
    "A column's rule may be a list whose last rule has none: [{ mask = \"…\", when = \"…\" }, \"null\"].";

impl Reader<'_> {
    /// Reads what a column's key holds: the rules with conditions, and the one for the other rows.
    pub(super) fn rules(
        &mut self,
        value: &DeValue<'_>,
        at: usize,
        owner: &str,
    ) -> Option<(Vec<RuleCase>, Rule)> {
        match value {
            DeValue::Array(items) => self.rule_list(items, at, owner),
            _ => Some((Vec::new(), self.rule(value, at, owner)?)),
        }
    }

    fn rule_list(&mut self, items: &DeArray<'_>, at: usize, owner: &str) -> Option<(Vec<RuleCase>, Rule)> {
        let Some(count) = items.len().checked_sub(1) else {
            let message = format!("list of rules of {owner} is empty");
            self.error(at, Diagnostic::rule("bad_value", message).hint(LIST));
            return None;
        };
        // All are read, so that every error is said.
        let cases: Vec<Option<RuleCase>> =
            items.iter().take(count).map(|item| self.rule_case(item, owner)).collect();
        let last = items.iter().last().and_then(|item| self.last_rule(item, owner));
        let listed = cases.iter().flatten().map(|case| &case.rule).chain(&last);
        let derived = listed.filter_map(|rule| match rule {
            Rule::Derive(sql) => Some(sql.location.clone()),
            _ => None,
        });
        for location in derived.collect::<Vec<_>>() {
            self.push(derived_in_list(owner).at(Some(location)));
        }
        Some((cases.into_iter().collect::<Option<_>>()?, last?))
    }

    fn rule_case(&mut self, item: &Spanned<DeValue<'_>>, owner: &str) -> Option<RuleCase> {
        let start = item.span().start;
        let section = match item.get_ref() {
            DeValue::Table(table) => Section::new(owner, start, table),
            _ => Section { name: owner.to_owned(), start, entries: Vec::new() },
        };
        let Some(when) = section.get("when") else {
            self.rule(item.get_ref(), start, owner);
            let message = format!("rule of {owner} leaves no row to the rules after it");
            self.error(start, Diagnostic::rule("rule_without_when", message).hint(LIST));
            return None;
        };
        let when = self.when_of_rule(when, &section);
        let rule = self.rule_table(&section.without("when"));
        Some(RuleCase { when: when?, rule: rule? })
    }

    fn last_rule(&mut self, item: &Spanned<DeValue<'_>>, owner: &str) -> Option<Rule> {
        let start = item.span().start;
        match item.get_ref() {
            DeValue::Table(table) if table.contains_key("when") => {
                let section = Section::new(owner, start, table);
                if let Some(when) = section.get("when") {
                    self.stray_when(when, &section);
                    self.when_of_rule(when, &section);
                }
                self.rule_table(&section.without("when"))
            }
            value => self.rule(value, start, owner),
        }
    }

    fn when_of_rule(&mut self, entry: Entry<'_>, section: &Section<'_>) -> Option<At<Written>> {
        let text = self.text(section, "when")?;
        let place = |offset| self.place_in_string(entry.value_start, offset);
        match condition::parse(&text.value, &section.name, place) {
            Ok(written) => Some(At { value: written, location: text.location }),
            Err(diagnostic) => {
                self.push(*diagnostic);
                None
            }
        }
    }

    /// A `when` that leaves rows to no rule.
    pub(super) fn stray_when(&mut self, entry: Entry<'_>, section: &Section<'_>) {
        let message = format!("rule of {} has a \"when\", and none is left for other rows", section.name);
        self.error(entry.key_start, Diagnostic::rule("stray_when", message).hint(LIST));
    }
}

fn derived_in_list(owner: &str) -> Diagnostic {
    let message = format!("list of rules of {owner} derives it in some rows alone");
    Diagnostic::rule("derive_in_list", message)
        .hint("Derive it in every row, by one expression: CASE WHEN … THEN … ELSE … END.")
}
