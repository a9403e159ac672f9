//! `updateDeparture`: an operator changes a departure, or takes it off sale and puts it back on.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use service::auth::operator;
use service::graphql::{ErrorCode, MoneyInput, UserError, UserErrors};
use service::id::DepartureId;

use super::departure::DepartureObject;
use super::input::{capacity, id, instant, not_found, price};
use super::{connection, published};
use crate::model::departure::{Departure, DepartureChange, DepartureStatus, StatusChange, UpdateRefused};

/// What is to change about a departure; what is not given stays as it is.
#[derive(InputObject)]
pub struct UpdateDepartureInput {
    /// Which departure.
    departure_id: ID,
    /// What a seat costs from now on: more than zero. Seats that are reserved keep their price.
    price: Option<MoneyInput>,
    /// How many seats there are: 1 to 10,000, and no fewer than are taken.
    capacity: Option<i32>,
    /// When sales close: no later than the start.
    sales_close_at: Option<DateTime<Utc>>,
    /// OPEN or CLOSED. To cancel a departure, use `cancelDeparture`.
    status: Option<DepartureStatus>,
}

/// What became of the change.
#[derive(SimpleObject)]
pub struct UpdateDeparturePayload {
    /// The departure as it is now; null where nothing was changed.
    departure: Option<DepartureObject>,
    /// Why nothing was changed; empty if it was.
    errors: Vec<UserError>,
}

#[derive(Default)]
pub struct UpdateDepartureMutation;

#[Object]
impl UpdateDepartureMutation {
    /// Changes a departure. For operators.
    async fn update_departure(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The change.")] input: UpdateDepartureInput,
    ) -> Result<UpdateDeparturePayload> {
        operator(context)?;
        let (id, change) = match input.read() {
            Ok(read) => read,
            Err(errors) => return Ok(UpdateDeparturePayload::refused(errors)),
        };
        let mut connection = connection(context).await?;
        Ok(match Departure::update(&mut connection, id, &change).await? {
            Ok(departure) => {
                published(context)?;
                UpdateDeparturePayload {
                    departure: Some(DepartureObject(departure)),
                    errors: Vec::new(),
                }
            }
            Err(refused) => UpdateDeparturePayload::refused(refused.iter().map(user_error).collect()),
        })
    }
}

impl UpdateDepartureInput {
    fn read(self) -> Result<(DepartureId, DepartureChange), Vec<UserError>> {
        let mut errors = UserErrors::none();
        let id = id(
            &mut errors,
            "departureId",
            &self.departure_id,
            DepartureId::from_graphql,
        );
        let change = DepartureChange {
            price: self.price.and_then(|input| price(&mut errors, input)),
            capacity: self.capacity.map(|seats| capacity(&mut errors, seats)),
            sales_close_at: self
                .sales_close_at
                .map(|at| instant(&mut errors, "salesCloseAt", at)),
            sales: self.status.and_then(|status| sales(&mut errors, status)),
        };
        match (id, errors.into_result()) {
            (Some(id), Ok(())) => Ok((id, change)),
            (_, errors) => Err(errors.err().unwrap_or_default()),
        }
    }
}

fn sales(errors: &mut UserErrors, status: DepartureStatus) -> Option<StatusChange> {
    match status {
        DepartureStatus::Open => Some(StatusChange::OpenSales),
        DepartureStatus::Closed => Some(StatusChange::CloseSales),
        DepartureStatus::Cancelling | DepartureStatus::Cancelled => {
            errors.invalid(&["status"], "must be OPEN or CLOSED; cancelDeparture cancels");
            None
        }
    }
}

fn user_error(refused: &UpdateRefused) -> UserError {
    let (code, field) = match refused {
        UpdateRefused::NoDeparture => return not_found("departureId"),
        UpdateRefused::Cancelled => (ErrorCode::DepartureCancelled, "departureId"),
        UpdateRefused::CapacityBelowSeatsTaken { .. } => (ErrorCode::Conflict, "capacity"),
        UpdateRefused::SalesCloseAfterStart { .. } => (ErrorCode::InvalidInput, "salesCloseAt"),
    };
    UserError::at(code, &[field], refused.to_string())
}

impl UpdateDeparturePayload {
    fn refused(errors: Vec<UserError>) -> Self {
        Self {
            departure: None,
            errors,
        }
    }
}
