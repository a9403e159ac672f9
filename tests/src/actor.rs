//! Who uses the API: visitors, who may register and log in; customers; operators.

mod customer;
mod operator;
mod visitor;

use serde::Deserialize;

use crate::api::ApiError;
use crate::model::UserError;

pub use customer::{Booked, Customer, Deposited, Search};
pub use operator::{ExcursionToCreate, Operator};
pub use visitor::{Someone, Visitor};

/// What a mutation came to: a thing and, where it takes a key, whether it was done before; or errors.
#[derive(Debug, Deserialize)]
struct Payload<T> {
    thing: Option<T>,
    #[serde(default)]
    replayed: bool,
    errors: Vec<UserError>,
}

impl<T> Payload<T> {
    /// The thing, and whether it is the result of an earlier request.
    fn done(self, operation: &str) -> Result<(T, bool), ApiError> {
        match self.thing {
            Some(thing) if self.errors.is_empty() => Ok((thing, self.replayed)),
            _ => Err(ApiError::Refused {
                operation: operation.to_owned(),
                errors: self.errors,
            }),
        }
    }
}
