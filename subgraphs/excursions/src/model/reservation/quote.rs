//! What an order would cost.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::id::DepartureId;
use service::money::Money;

use crate::model::departure::{Departure, MAX_CAPACITY};
use crate::model::rejection::Rejection;
use crate::schema::{clock_timestamp, departures, excursions};

/// How much would these seats cost, if they are on sale?
#[derive(Clone, Copy, Debug)]
pub struct Quote {
    /// On which departure.
    pub departure_id: DepartureId,
    /// How many seats.
    pub seats: i32,
}

/// What an order would cost. Whether so many seats are left is decided when they are reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// A seat.
    pub unit_price: Money,
    /// All seats.
    pub total: Money,
    /// When the departure starts.
    pub starts_at: DateTime<Utc>,
    /// What the excursion is called.
    pub excursion_title: String,
}

struct Offer {
    departure: Departure,
    excursion_title: String,
    now: DateTime<Utc>,
}

impl Offer {
    fn quote(&self, seats: i32) -> Result<Quoted, Rejection> {
        self.departure.on_sale(self.now)?;
        let unit_price = self.departure.price();
        Ok(Quoted {
            unit_price,
            total: Money {
                // Within 64 bits, by the bounds of price and seats.
                minor: unit_price.minor * i64::from(seats),
                currency: unit_price.currency,
            },
            starts_at: self.departure.starts_at,
            excursion_title: self.excursion_title.clone(),
        })
    }
}

/// Quotes prices, in the order of the commands. Nothing is promised: the price is checked again when seats are reserved.
///
/// # Errors
/// The database's.
pub async fn quote(
    connection: &mut AsyncPgConnection,
    commands: &[Quote],
) -> QueryResult<Vec<Result<Quoted, Rejection>>> {
    let ids: Vec<DepartureId> = commands.iter().map(|command| command.departure_id).collect();
    let rows: Vec<(Departure, String, DateTime<Utc>)> = departures::table
        .inner_join(excursions::table)
        .filter(departures::id.eq_any(ids))
        .select((Departure::as_select(), excursions::title, clock_timestamp()))
        .load(connection)
        .await?;
    let offers: HashMap<DepartureId, Offer> = rows
        .into_iter()
        .map(|(departure, excursion_title, now)| {
            let id = departure.id;
            let offer = Offer {
                departure,
                excursion_title,
                now,
            };
            (id, offer)
        })
        .collect();
    let quotes = commands.iter().map(|command| {
        if !(1..=MAX_CAPACITY).contains(&command.seats) {
            return Err(Rejection::InvalidSeats);
        }
        offers
            .get(&command.departure_id)
            .ok_or(Rejection::NoDeparture(command.departure_id))?
            .quote(command.seats)
    });
    Ok(quotes.collect())
}
