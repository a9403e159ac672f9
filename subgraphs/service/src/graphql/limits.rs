//! What an operation may ask for: its size, its depth, its aliases and directives, its cost.
//!
//! The document is measured before anything walks it with its fragments written out: the library's own checks do that, and
//! a fragment that spreads another one twice, which spreads another one twice, is exponential. What is within the limits
//! is small enough for them.
//!
//! Cost is how many values the answer may have, lists taken at the size that their page may have, and everything below
//! `_entities` times the entities asked for. A router in front limits what a client asks it for; this limits what any one
//! fetch of it, or a client that comes without it, may cause here.

mod measure;
mod page_variables;
mod parse;

use std::sync::{Arc, OnceLock};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextPrepareRequest, NextValidation,
};
use async_graphql::{Request, ServerError, ServerResult, ValidationResult};
use async_trait::async_trait;

use super::page::page_size;
use measure::{Measures, measure};
use parse::MAX_BYTES;

pub use parse::parsed;

/// Fields, spreads and inline fragments, with all fragments written out. GraphiQL's introspection has 200.
const MAX_SELECTIONS: usize = 1_000;
const MAX_DEPTH: usize = 15;
const MAX_ALIASES: usize = 50;
const MAX_DIRECTIVES: usize = 50;
/// A type's fields, and their types' fields; GraphiQL asks for the first.
const MAX_INTROSPECTION_LISTS: usize = 2;
/// A type within lists and non-nulls makes introspection deeper than other operations; GraphiQL needs 15.
const MAX_INTROSPECTION_DEPTH: usize = 20;
/// A page of 100 excursions, each with 20 departures and all their fields, costs 30,000.
const MAX_COST: usize = 50_000;

/// Why an operation is not run. The codes are those of Hive Router, where it has the same limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum LimitExceeded {
    #[error("the document is longer than {MAX_BYTES} bytes")]
    Bytes,
    #[error("the operation has more than {MAX_SELECTIONS} fields, with its fragments written out")]
    Selections,
    #[error("the operation is nested deeper than {MAX_DEPTH} levels, or its fragments have a cycle")]
    Depth,
    #[error("the operation has more than {MAX_ALIASES} aliases")]
    Aliases,
    #[error("the operation has more than {MAX_DIRECTIVES} directives")]
    Directives,
    #[error("introspection is nested too deep")]
    IntrospectionDepth,
    #[error("introspection is switched off")]
    Introspection,
    #[error(
        "the operation costs {0}, which is more than {MAX_COST}: ask for smaller pages, or for fewer fields"
    )]
    Cost(usize),
}

impl LimitExceeded {
    const fn code(self) -> &'static str {
        match self {
            Self::Bytes => "MAX_TOKENS_EXCEEDED",
            Self::Selections => "MAX_FIELDS_EXCEEDED",
            Self::Depth => "MAX_DEPTH_EXCEEDED",
            Self::Aliases => "MAX_ALIASES_EXCEEDED",
            Self::Directives => "MAX_DIRECTIVES_EXCEEDED",
            Self::IntrospectionDepth => "MAX_INTROSPECTION_DEPTH_EXCEEDED",
            Self::Introspection => "INTROSPECTION_DISABLED",
            Self::Cost(_) => "MAX_COST_EXCEEDED",
        }
    }
}

impl From<LimitExceeded> for ServerError {
    fn from(limit: LimitExceeded) -> Self {
        let mut error = Self::new(limit.to_string(), None);
        error.extensions.get_or_insert_default().set("code", limit.code());
        error
    }
}

/// What a paged field costs, for its `complexity`: a page of what is asked for of each node.
#[must_use]
pub fn cost_of_page(first: Option<i32>, last: Option<i32>, cost_of_children: usize) -> usize {
    1 + page_size(first, last) * cost_of_children
}

/// The limits of a schema: an extension for its builder.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Whether the schema may be asked for, by introspection or as federation's SDL.
    pub introspection: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { introspection: true }
    }
}

impl Limits {
    /// Measures a document on behalf of who cannot: a router that writes all fragments out, say.
    ///
    /// # Errors
    /// Where it is no GraphQL, or exceeds a limit other than its cost.
    pub fn admit(self, request: &mut Request) -> ServerResult<()> {
        self.measured(request).map(drop)
    }

    fn measured(self, request: &mut Request) -> ServerResult<Measures> {
        let variables = std::mem::take(&mut request.variables);
        let measures = measure(parsed(request)?, &variables);
        request.variables = variables;
        self.allow(&measures)?;
        Ok(measures)
    }

    fn allow(self, measures: &Measures) -> Result<(), LimitExceeded> {
        if measures.introspects && !self.introspection {
            return Err(LimitExceeded::Introspection);
        }
        let limits = [
            (measures.selections, MAX_SELECTIONS, LimitExceeded::Selections),
            (measures.depth, MAX_DEPTH, LimitExceeded::Depth),
            (
                measures.introspection_depth,
                MAX_INTROSPECTION_DEPTH,
                LimitExceeded::IntrospectionDepth,
            ),
            (
                measures.introspection_lists,
                MAX_INTROSPECTION_LISTS,
                LimitExceeded::IntrospectionDepth,
            ),
            (measures.aliases, MAX_ALIASES, LimitExceeded::Aliases),
            (measures.directives, MAX_DIRECTIVES, LimitExceeded::Directives),
        ];
        limits
            .into_iter()
            .find(|(measured, limit, _)| measured > limit)
            .map_or(Ok(()), |(_, _, exceeded)| Err(exceeded))
    }
}

impl ExtensionFactory for Limits {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Guard {
            limits: *self,
            entities: OnceLock::new(),
        })
    }
}

/// Guards one request.
struct Guard {
    limits: Limits,
    /// How many entities it asks for.
    entities: OnceLock<usize>,
}

#[async_trait]
impl Extension for Guard {
    async fn prepare_request(
        &self,
        context: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let mut request = next.run(context, request).await?;
        let mut variables = std::mem::take(&mut request.variables);
        page_variables::fill_in(parsed(&mut request)?, &mut variables);
        request.variables = variables;
        let measures = self.limits.measured(&mut request)?;
        let _once = self.entities.set(measures.entities);
        Ok(request)
    }

    async fn validation(
        &self,
        context: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(context).await?;
        let entities = self.entities.get().copied().unwrap_or_default().max(1);
        let cost = result.complexity.saturating_mul(entities);
        if cost > MAX_COST {
            return Err(vec![LimitExceeded::Cost(cost).into()]);
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests;
