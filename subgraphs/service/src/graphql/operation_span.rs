//! Spans of operations, by OpenTelemetry's semantic conventions for GraphQL.

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, Selection};
use async_graphql::{Request, ServerError, Value};
use tracing::field::Empty;
use tracing::{Span, info_span};

use super::parsed;

/// What is asked for is the client's text until it is validated; longer names than we have are not told.
const LONGEST_NAME: usize = 64;

/// A span for what a request asks for: `mutation bookExcursion`, by its first field. Names of operations are what clients
/// make of them.
pub(super) fn operation_span(request: &mut Request) -> Span {
    let name = request.operation_name.clone();
    let Some((operation, name)) = parsed(request)
        .ok()
        .and_then(|document| chosen(document, name.as_deref()))
    else {
        return info_span!("graphql", otel.status_code = Empty);
    };
    let kind = operation.ty.to_string();
    let field = first_field(operation).filter(|field| field.len() <= LONGEST_NAME);
    info_span!(
        "graphql",
        otel.name = field.map_or_else(|| kind.clone(), |field| format!("{kind} {field}")),
        "graphql.operation.type" = kind,
        graphql.operation.name = name,
        otel.status_code = Empty,
    )
}

fn chosen<'d>(
    document: &'d ExecutableDocument,
    name: Option<&str>,
) -> Option<(&'d OperationDefinition, Option<String>)> {
    let mut operations = document.operations.iter();
    let (found, operation) = match name {
        Some(name) => operations.find(|(found, _)| found.is_some_and(|found| found.as_str() == name)),
        None => operations.next(),
    }?;
    Some((&operation.node, found.map(ToString::to_string)))
}

fn first_field(operation: &OperationDefinition) -> Option<&str> {
    let fields = &operation.selection_set.node.items;
    fields.iter().find_map(|selection| match &selection.node {
        Selection::Field(field) => Some(field.node.name.node.as_str()),
        _ => None,
    })
}

/// Marks the span of an operation that something broke in: what a client did wrong is no failure.
pub(super) fn failed(span: &Span, masked: &[ServerError]) {
    let internal = Value::from("INTERNAL_SERVER_ERROR");
    let code = |error: &ServerError| error.extensions.as_ref()?.get("code").cloned();
    if masked.iter().any(|error| code(error).as_ref() == Some(&internal)) {
        span.record("otel.status_code", "ERROR");
    }
}
