//! `scheduleDeparture`: an operator puts a departure on sale.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use service::auth::operator;
use service::graphql::{ErrorCode, MoneyInput, UserError, UserErrors};
use service::id::ExcursionId;
use uuid::Uuid;

use super::departure::DepartureObject;
use super::input::{capacity, id, instant, key_reused, not_found, price};
use super::{connection, published};
use crate::model::departure::{Departure, NewDeparture, ScheduleError};
use crate::model::fingerprint::Once;

/// A departure to be put on sale.
#[derive(InputObject)]
pub struct ScheduleDepartureInput {
    /// Of which excursion.
    excursion_id: ID,
    /// When it starts: in the future.
    starts_at: DateTime<Utc>,
    /// When sales close: when it starts, unless given, and never later.
    sales_close_at: Option<DateTime<Utc>>,
    /// What a seat costs: more than zero.
    price: MoneyInput,
    /// How many seats there are: 1 to 10,000.
    capacity: i32,
    /// The same key again, with the same input, schedules nothing and returns the first departure.
    idempotency_key: Uuid,
}

/// What became of the departure.
#[derive(SimpleObject)]
pub struct ScheduleDeparturePayload {
    /// The departure; null where it was not scheduled.
    departure: Option<DepartureObject>,
    /// Whether this is the result of an earlier request with the same key.
    replayed: bool,
    /// Why nothing was scheduled; empty if it was.
    errors: Vec<UserError>,
}

#[derive(Default)]
pub struct ScheduleDepartureMutation;

#[Object]
impl ScheduleDepartureMutation {
    /// Schedules a departure of an excursion and puts it on sale. For operators.
    async fn schedule_departure(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The departure.")] input: ScheduleDepartureInput,
    ) -> Result<ScheduleDeparturePayload> {
        let by = operator(context)?.id;
        let key = input.idempotency_key;
        let departure = match input.read() {
            Ok(departure) => departure,
            Err(errors) => return Ok(ScheduleDeparturePayload::refused(errors)),
        };
        let mut connection = connection(context).await?;
        let error = match departure.schedule(&mut connection, by, key).await {
            Ok(Once::Done(departure)) => {
                published(context)?;
                return Ok(ScheduleDeparturePayload::done(departure, false));
            }
            Ok(Once::Replayed(departure)) => return Ok(ScheduleDeparturePayload::done(departure, true)),
            Ok(Once::KeyReused) => key_reused(),
            Err(ScheduleError::NoExcursion) => not_found("excursionId"),
            Err(error @ ScheduleError::InThePast) => {
                UserError::at(ErrorCode::InvalidInput, &["startsAt"], error.to_string())
            }
            Err(ScheduleError::Database(error)) => return Err(error.into()),
        };
        Ok(ScheduleDeparturePayload::refused(vec![error]))
    }
}

impl ScheduleDepartureInput {
    fn read(self) -> Result<NewDeparture, Vec<UserError>> {
        let mut errors = UserErrors::none();
        let excursion_id = id(
            &mut errors,
            "excursionId",
            &self.excursion_id,
            ExcursionId::from_graphql,
        );
        let starts_at = instant(&mut errors, "startsAt", self.starts_at);
        let sales_close_at = self
            .sales_close_at
            .map_or(starts_at, |at| instant(&mut errors, "salesCloseAt", at));
        if sales_close_at > starts_at {
            errors.invalid(&["salesCloseAt"], "must not be later than the start");
        }
        let price = price(&mut errors, self.price);
        let capacity = capacity(&mut errors, self.capacity);
        match (excursion_id, price, errors.into_result()) {
            (Some(excursion_id), Some(price), Ok(())) => Ok(NewDeparture {
                excursion_id,
                starts_at,
                sales_close_at,
                price,
                capacity,
            }),
            (_, _, errors) => Err(errors.err().unwrap_or_default()),
        }
    }
}

impl ScheduleDeparturePayload {
    fn done(departure: Departure, replayed: bool) -> Self {
        Self {
            departure: Some(DepartureObject(departure)),
            replayed,
            errors: Vec::new(),
        }
    }

    fn refused(errors: Vec<UserError>) -> Self {
        Self {
            departure: None,
            replayed: false,
            errors,
        }
    }
}
