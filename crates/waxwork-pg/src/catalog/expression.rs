//! Which columns a stored expression reads, out of its node tree.
//!
//! `pg_depend` lumps the columns of an index's keys and predicate together, and records those of generated columns
//! differently before and after 15. The tree's text (`pg_node_tree`, `outfuncs.c`) is plain: a column is
//! `{VAR … :varattno N …}`, and every brace, blank or colon-like word inside a string is escaped by a backslash, so a
//! name can never look like one.

/// `:varattno` numbers in the tree, sorted, each once. 0 is the whole row; negative are system columns.
pub(super) fn attributes(tree: &str) -> Vec<i16> {
    let mut numbers: Vec<i16> = tree
        .split(":varattno ")
        .skip(1)
        .filter_map(|rest| rest.split([' ', '}']).next()?.parse().ok())
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// The elements of a list of expressions, `({…} {…})`; a single expression gives itself.
pub(super) fn elements(tree: &str) -> Vec<&str> {
    let (mut elements, mut depth, mut start, mut escaped) = (Vec::new(), 0_u32, 0, false);
    for (at, byte) in tree.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'{' => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    elements.push(&tree[start..=at]);
                }
            }
            _ => {}
        }
    }
    elements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_once_and_in_order() {
        let tree = "{OPEXPR :args ({VAR :varno 1 :varattno 7 :vartype 25} {VAR :varno 1 :varattno 2} {VAR :varattno 7})}";
        assert_eq!(attributes(tree), [2, 7]);
    }

    #[test]
    fn a_string_in_the_tree_is_not_a_column() {
        assert_eq!(attributes(r"{A :name :varattno\ 3 :args ({VAR :varattno 4})}"), [4]);
    }

    #[test]
    fn a_list_is_cut_at_its_elements() {
        let list = r"({FUNCEXPR :args ({VAR :varattno 1})} {X :name \{\}})";
        assert_eq!(elements(list), ["{FUNCEXPR :args ({VAR :varattno 1})}", r"{X :name \{\}}"]);
    }
}
