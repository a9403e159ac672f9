//! A subscription has one root field (GraphQL specification, 5.2.3.1); the library does not check it.
//!
//! Without the rule one operation could open as many streams as it has aliases, and a limit of operations would limit
//! nothing.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextParseQuery};
use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use async_graphql::{ServerError, ServerResult, Variables};
use async_trait::async_trait;

/// Fragments within fragments, until it is called a cycle.
const MAX_NESTING: usize = 16;

/// Refuses subscriptions with several root fields.
pub(super) struct SingleRootField;

impl ExtensionFactory for SingleRootField {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Extension for SingleRootField {
    async fn parse_query(
        &self,
        context: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let document = next.run(context, query, variables).await?;
        for (_, operation) in document.operations.iter() {
            if operation.node.ty == OperationType::Subscription
                && !has_single_field(&document, &operation.node.selection_set.node)
            {
                let message = "a subscription has exactly one root field";
                return Err(ServerError::new(message, Some(operation.pos)));
            }
        }
        Ok(document)
    }
}

fn has_single_field(document: &ExecutableDocument, set: &SelectionSet) -> bool {
    let mut left = 1;
    spend(document, set, MAX_NESTING, &mut left) && left == 0
}

/// Takes one off for each field, also in fragments, and stops when there is nothing left to take: answers false then.
fn spend(document: &ExecutableDocument, set: &SelectionSet, nesting: usize, left: &mut usize) -> bool {
    let Some(nesting) = nesting.checked_sub(1) else {
        return false;
    };
    set.items.iter().all(|item| match &item.node {
        Selection::InlineFragment(fragment) => {
            spend(document, &fragment.node.selection_set.node, nesting, left)
        }
        Selection::FragmentSpread(spread) => document
            .fragments
            .get(&spread.node.fragment_name.node)
            // An unknown fragment is for validation to refuse.
            .is_none_or(|fragment| spend(document, &fragment.node.selection_set.node, nesting, left)),
        Selection::Field(_) => {
            let enough = *left > 0;
            *left = left.saturating_sub(1);
            enough
        }
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn allowed(query: &str) -> bool {
        let document = parse_query(query).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        has_single_field(&document, &operation.node.selection_set.node)
    }

    #[test]
    fn fields_of_fragments_count() {
        assert!(allowed("subscription { a { x y } }"));
        assert!(allowed("subscription { ...F } fragment F on Subscription { a }"));
        assert!(!allowed("subscription { a b: a }"));
        assert!(!allowed(
            "subscription { ...F a } fragment F on Subscription { a }"
        ));
        assert!(!allowed("subscription { ... on Subscription { a b } }"));
    }

    #[test]
    fn cycle_of_fragments_ends() {
        let many = "...F ".repeat(200);
        assert!(!allowed(&format!(
            "subscription {{ ...F }} fragment F on Subscription {{ {many} }}"
        )));
    }
}
