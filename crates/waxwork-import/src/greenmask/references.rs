//! Virtual references: a child's columns and the table whose primary key they hold.

use super::name_of;
use crate::Options;
use crate::policy::{Policy, Reference};
use crate::tree::Node;
use waxwork_core::ident::QualifiedName;
use waxwork_core::rules::name::plain_table;
use waxwork_core::rules::{KeyExpression, ReferenceName};

/// Reads `dump.virtual_references`.
pub(super) fn read(policy: &mut Policy, root: &Node, options: &Options) {
    let lists = root.at(&["dump", "virtual_references"]).map_or(&[][..], Node::items);
    for list in lists {
        let Some(child) = name_of(list) else { continue };
        for node in list.list("references") {
            if let Err(why) = reference(&child, node, options).map(|one| policy.references.push(one)) {
                policy.gap(node.place, &plain_table(&child), "a virtual reference", why, "left out");
            }
        }
    }
}

fn reference(child: &QualifiedName, node: &Node, options: &Options) -> Result<Reference, &'static str> {
    let parent = name_of(node).ok_or("it names no parent")?;
    let columns = node.list("columns");
    let names: Option<Vec<String>> =
        columns.iter().map(|column| column.text("name").filter(|name| !name.is_empty())).collect();
    let names =
        names.ok_or("a reference of waxwork is a column, an array or a place in JSON, no expression")?;
    let key = options.key_column.as_deref();
    let key =
        key.ok_or("it means the parent's primary key, which the file does not name; --key-column does")?;
    if names.len() != 1 {
        return Err("it means a primary key of several columns, which the file does not name");
    }
    let conditions = node.list("polymorphic_exprs").iter();
    let when: Option<Vec<_>> = conditions.map(|one| one.scalar().and_then(|text| constant(&text))).collect();
    Ok(Reference {
        child: written(child.clone(), names),
        parent: written(parent, vec![key.to_owned()]),
        when: when.ok_or("its polymorphic_exprs are no comparisons of one column with one constant")?,
        note: Some("Greenmask means the parent's primary key."),
    })
}

fn written(table: QualifiedName, columns: Vec<String>) -> String {
    ReferenceName { table, key: KeyExpression::Columns(columns), parent: None }.to_string()
}

/// `public.comments.kind = 'post'`, split.
fn constant(sql: &str) -> Option<(String, String)> {
    let (left, right) = sql.split_once('=')?;
    let column = left.trim().rsplit('.').next()?.trim();
    let is_plain = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    let text = right.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    let is_whole = !text.replace("''", "").contains('\'');
    (is_plain(column) && is_whole).then(|| (column.to_ascii_lowercase(), text.replace("''", "'")))
}
