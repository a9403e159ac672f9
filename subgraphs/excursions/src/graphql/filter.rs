//! What lists are narrowed by.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use service::graphql::ClientError;
use service::id::ExcursionId;
use uuid::Uuid;

use super::input::is_expressible;
use crate::model::departure::{DepartureFilter, DepartureStatus, MAX_CAPACITY};
use crate::model::excursion::{ExcursionFilter, MAX_CITY};

/// The longest text to search by.
const MAX_TEXT: usize = 200;

/// Which excursions.
#[derive(Debug, Default, InputObject)]
#[graphql(name = "ExcursionFilter")]
pub struct ExcursionFilterInput {
    /// Words of the title, the city or the description, in Russian or English, in any form: `музей` finds "музеи".
    /// "Quoted words" stand together, `or` is an alternative, `-word` excludes.
    text: Option<String>,
    /// The city, in upper or lower case.
    city: Option<String>,
    /// With a departure on sale that starts at this time or later.
    starts_from: Option<DateTime<Utc>>,
    /// With a departure on sale that starts at this time or earlier.
    starts_to: Option<DateTime<Utc>>,
    /// With a departure on sale that has so many seats left.
    seats: Option<i32>,
}

/// Which departures.
#[derive(Debug, Default, InputObject)]
#[graphql(name = "DepartureFilter")]
pub struct DepartureFilterInput {
    /// Of this excursion.
    excursion_id: Option<ID>,
    /// That start at this time or later.
    starts_from: Option<DateTime<Utc>>,
    /// That start at this time or earlier.
    starts_to: Option<DateTime<Utc>>,
    /// That have so many seats left.
    seats: Option<i32>,
    /// In this status.
    status: Option<DepartureStatus>,
}

/// The id of no excursion: what an `ID` that cannot be one of ours stands for.
pub fn no_excursion() -> ExcursionId {
    Uuid::nil().into()
}

impl ExcursionFilterInput {
    /// The filter.
    ///
    /// # Errors
    /// What is wrong with the first wrong field.
    pub fn read(self) -> Result<ExcursionFilter, ClientError> {
        Ok(ExcursionFilter {
            text: words("filter.text", self.text, MAX_TEXT)?,
            city: words("filter.city", self.city, MAX_CITY)?,
            starts_from: instant("filter.startsFrom", self.starts_from)?,
            starts_to: instant("filter.startsTo", self.starts_to)?,
            seats: seats(self.seats)?,
        })
    }
}

impl DepartureFilterInput {
    /// The filter.
    ///
    /// # Errors
    /// What is wrong with the first wrong field.
    pub fn read(self) -> Result<DepartureFilter, ClientError> {
        Ok(DepartureFilter {
            excursion: self
                .excursion_id
                .map(|id| ExcursionId::from_graphql(&id).unwrap_or_else(no_excursion)),
            starts_from: instant("filter.startsFrom", self.starts_from)?,
            starts_to: instant("filter.startsTo", self.starts_to)?,
            seats: seats(self.seats)?,
            status: self.status,
        })
    }
}

/// An empty text, as an empty field of a form sends it, restricts nothing.
fn words(argument: &'static str, text: Option<String>, max: usize) -> Result<Option<String>, ClientError> {
    let text = text.map(|text| text.trim().to_owned()).unwrap_or_default();
    let refused = |message| Err(ClientError::BadUserInput { argument, message });
    match text.chars().count() {
        0 => Ok(None),
        count if count > max => refused(format!("must have at most {max} characters, has {count}")),
        _ if text.contains('\0') => refused("must not hold the character U+0000".to_owned()),
        _ => Ok(Some(text)),
    }
}

fn instant(
    argument: &'static str,
    instant: Option<DateTime<Utc>>,
) -> Result<Option<DateTime<Utc>>, ClientError> {
    match instant {
        Some(instant) if !is_expressible(instant) => Err(ClientError::BadUserInput {
            argument,
            message: "must be in the years 1 to 9999".to_owned(),
        }),
        instant => Ok(instant),
    }
}

fn seats(seats: Option<i32>) -> Result<Option<i32>, ClientError> {
    match seats {
        Some(seats) if !(1..=MAX_CAPACITY).contains(&seats) => Err(ClientError::BadUserInput {
            argument: "filter.seats",
            message: format!("must be between 1 and {MAX_CAPACITY}, is {seats}"),
        }),
        seats => Ok(seats),
    }
}
