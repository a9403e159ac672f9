//! Types of other subgraphs, by their keys.

use async_graphql::SimpleObject;
use service::id::{DepartureId, UserId};

/// A user, by id.
#[derive(Clone, Copy, Debug)]
pub struct User {
    pub id: UserId,
}

/// A departure, by id.
#[derive(Clone, Copy, Debug)]
pub struct Departure {
    pub id: DepartureId,
}

/// Why an order was rejected.
#[derive(Clone, Debug, SimpleObject)]
pub struct OrderRejection {
    /// For programs.
    pub code: service::graphql::ErrorCode,
    /// For people.
    pub message: String,
}
