//! Page sizes whose variables a client declared and did not give.
//!
//! The library knows of an argument with such a variable that it is absent, except where it computes a cost: there it
//! refuses the operation. To the size of a page, null and absent are the same.

use std::convert::Infallible;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Value, Variables};

/// Gives null for every nullable variable that is a page's size and absent.
pub(super) fn fill_in(document: &ExecutableDocument, variables: &mut Variables) {
    let mut sizes = Vec::new();
    for (_, operation) in document.operations.iter() {
        sizes_in(&operation.node.selection_set.node, &mut sizes);
    }
    for fragment in document.fragments.values() {
        sizes_in(&fragment.node.selection_set.node, &mut sizes);
    }
    for (_, operation) in document.operations.iter() {
        for definition in &operation.node.variable_definitions {
            let definition = &definition.node;
            let optional = definition.var_type.node.nullable && definition.default_value.is_none();
            if optional && sizes.contains(&definition.name.node) {
                variables
                    .entry(definition.name.node.clone())
                    .or_insert(Value::Null);
            }
        }
    }
}

/// The variables that are the size of a page, fragments not entered.
fn sizes_in(set: &SelectionSet, sizes: &mut Vec<Name>) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                for argument in ["first", "last"] {
                    if let Some(value) = field.node.get_argument(argument) {
                        let _value = value.node.clone().into_const_with(|name| {
                            sizes.push(name);
                            Ok::<_, Infallible>(Value::Null)
                        });
                    }
                }
                sizes_in(&field.node.selection_set.node, sizes);
            }
            Selection::InlineFragment(fragment) => sizes_in(&fragment.node.selection_set.node, sizes),
            Selection::FragmentSpread(_) => {}
        }
    }
}
