//! What an operation is called in metrics, and what is measured of it.
//!
//! Invariant: labels are bounded. A name is that of a root field, and only where the operation got as far as its
//! resolvers, so that the schema knows the field; what a client made up is nowhere.

use std::collections::BTreeSet;
use std::time::Duration;

use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use async_graphql::{Request, Response};
use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

use super::limits::parsed;
use crate::ServiceName;

/// An operation with more root fields than one.
const SEVERAL: &str = "several";
/// What did not get to its resolvers.
const REFUSED: &str = "refused";

/// Describes what is measured.
pub(crate) fn describe() {
    describe_histogram!(
        "graphql_operation_duration_seconds",
        Unit::Seconds,
        "From an operation's arrival to its answer, by service, type and root field"
    );
    describe_counter!(
        "graphql_errors_total",
        "Operations answered with a top-level error, by service, root field and code"
    );
    describe_counter!(
        "graphql_subscriptions_total",
        "Subscriptions begun, by service and root field"
    );
}

/// An operation that a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    service: ServiceName,
    kind: OperationType,
    name: String,
}

impl Operation {
    /// The operation of a request, also of one that will be refused.
    pub fn of(service: ServiceName, request: &mut Request) -> Self {
        let chosen = request.operation_name.clone();
        let found = parsed(request).ok().and_then(|document| {
            let mut operations = document.operations.iter();
            let (_, operation) = match chosen {
                Some(chosen) => operations.find(|(name, _)| name.is_some_and(|name| *name == chosen)),
                None => operations.next(),
            }?;
            let fields = RootFields::of(document, &operation.node.selection_set.node);
            Some((operation.node.ty, fields.name()?))
        });
        let (kind, name) = found.unwrap_or((OperationType::Query, REFUSED.to_owned()));
        Self { service, kind, name }
    }

    /// It was answered.
    pub fn answered(self, response: &Response, duration: Duration) {
        let operation = self.unless_refused(response);
        let labels = [
            ("service", operation.service.as_str().to_owned()),
            ("type", operation.kind.to_string()),
            ("operation", operation.name.clone()),
        ];
        histogram!("graphql_operation_duration_seconds", &labels).record(duration.as_secs_f64());
        operation.failed(response);
    }

    /// It broke off, and is answered with nothing but that.
    pub fn broke_off(self) {
        self.failed_with("INTERNAL_SERVER_ERROR");
    }

    /// It begins, if it is a subscription.
    pub fn begins(&self) {
        if self.kind == OperationType::Subscription {
            let labels = [
                ("service", self.service.as_str().to_owned()),
                ("operation", self.name.clone()),
            ];
            counter!("graphql_subscriptions_total", &labels).increment(1);
        }
    }

    /// One of its responses, which may have errors. Each code counts once, however many fields have it.
    pub fn responded(&self, response: &Response) {
        self.clone().unless_refused(response).failed(response);
    }

    fn unless_refused(self, response: &Response) -> Self {
        if is_refused(response) {
            let name = REFUSED.to_owned();
            return Self { name, ..self };
        }
        self
    }

    fn failed(&self, response: &Response) {
        let codes: BTreeSet<&str> = response.errors.iter().filter_map(code_of).collect();
        for code in codes {
            self.failed_with(code);
        }
    }

    fn failed_with(&self, code: &str) {
        let labels = [
            ("service", self.service.as_str().to_owned()),
            ("operation", self.name.clone()),
            ("code", code.to_owned()),
        ];
        counter!("graphql_errors_total", &labels).increment(1);
    }
}

fn code_of(error: &async_graphql::ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        async_graphql::Value::String(code) => Some(code),
        _ => None,
    }
}

/// Whether an operation did not get to its resolvers.
pub(super) fn is_refused(response: &Response) -> bool {
    response.data == async_graphql::Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// The fields at the root of an operation, fragments and all; their names, not what a client calls them.
struct RootFields<'a> {
    document: &'a ExecutableDocument,
    fields: BTreeSet<&'a str>,
    fragments: BTreeSet<&'a str>,
}

impl<'a> RootFields<'a> {
    fn of(document: &'a ExecutableDocument, root: &'a SelectionSet) -> Self {
        let mut found = Self {
            document,
            fields: BTreeSet::new(),
            fragments: BTreeSet::new(),
        };
        found.gather(root);
        found
    }

    fn gather(&mut self, set: &'a SelectionSet) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    self.fields.insert(field.node.name.node.as_str());
                }
                Selection::InlineFragment(fragment) => self.gather(&fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    // Each once: a cycle would have no end.
                    if self.fragments.insert(name)
                        && let Some(fragment) = self.document.fragments.get(name)
                    {
                        self.gather(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    fn name(mut self) -> Option<String> {
        if self.fields.len() > 1 {
            self.fields.remove("__typename");
        }
        match self.fields.len() {
            0 => None,
            1 => self.fields.pop_first().map(str::to_owned),
            _ => Some(SEVERAL.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::ServerError;

    use super::*;

    fn name_of(request: Request) -> String {
        Operation::of(ServiceName::Orders, &mut { request }).name
    }

    #[test]
    fn name_is_that_of_the_root_field_whatever_the_client_calls_it() {
        assert_eq!(name_of(Request::new("query Mine { mine: me { id } }")), "me");
        assert_eq!(name_of(Request::new("{ __typename me { id } }")), "me");
        assert_eq!(name_of(Request::new("{ __typename }")), "__typename");
        assert_eq!(name_of(Request::new("{ a: me { id } b: me { name } }")), "me");
        assert_eq!(
            name_of(Request::new("{ me { id } order(id: 1) { id } }")),
            SEVERAL
        );
        let fragments = "{ ...A } fragment A on Query { ... on Query { me { id } } ...A }";
        assert_eq!(name_of(Request::new(fragments)), "me");
    }

    #[test]
    fn name_is_that_of_the_operation_asked_for() {
        let document = "query A { me { id } } query B { order(id: 1) { id } }";
        assert_eq!(name_of(Request::new(document).operation_name("B")), "order");
        assert_eq!(name_of(Request::new(document).operation_name("C")), REFUSED);
        assert_eq!(name_of(Request::new("{ me {")), REFUSED);
    }

    #[test]
    fn what_a_client_made_up_is_no_label() {
        let operation = Operation::of(ServiceName::Orders, &mut Request::new("{ madeUp }"));
        let refused = Response::from_errors(vec![ServerError::new("unknown field", None)]);
        assert_eq!(operation.unless_refused(&refused).name, REFUSED);
    }
}
