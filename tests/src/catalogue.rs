//! A catalogue to play with, in Russian and English: what an operator of twenty cities might offer in the next weeks.
//!
//! Invariant: the same day, the same catalogue, to the last key. Another day has other departures, of which those that
//! both days know are the same; so that it can be published again and again, and nothing is published twice.

mod texts;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Failure;
use crate::actor::Operator;
use crate::api::ApiError;
use texts::{CITIES, City, Theme};

/// Ten themes in each of twenty cities.
pub const EXCURSIONS: usize = CITIES.len() * texts::THEMES;
/// Every third day for 75 days.
pub const DEPARTURES: usize = EXCURSIONS * (HORIZON_DAYS / EVERY_DAYS);
const HORIZON_DAYS: usize = 75;
const EVERY_DAYS: usize = 3;
/// Mutations in one request. They are done one after the other; requests are not.
const BATCH: usize = 25;
const REQUESTS_AT_A_TIME: usize = 6;
/// What marks the keys as the catalogue's.
const KEYS: u128 = 0x5eed << 112;

/// What was published, and how much of it was new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Excursions, with those that were there.
    pub excursions: usize,
    /// Departures, with those that were there.
    pub departures: usize,
    /// How many of both were not there.
    pub new: usize,
}

/// Publishes the catalogue of a day in the name of an operator.
///
/// # Errors
/// Where the API refuses any of it.
pub async fn publish(operator: &Operator, today: NaiveDate) -> Result<Published, Failure> {
    let offers: Vec<Offer> = offers().collect();
    let inputs: Vec<Value> = offers.iter().map(Offer::excursion).collect();
    let excursions = all(operator, &CREATE, inputs).await?;
    let departures = offers
        .iter()
        .zip(&excursions)
        .flat_map(|(offer, excursion)| offer.departures(&excursion.id, today));
    let departures = all(operator, &SCHEDULE, departures.collect()).await?;
    let replayed = excursions.iter().chain(&departures).filter(|done| done.replayed);
    Ok(Published {
        excursions: excursions.len(),
        departures: departures.len(),
        new: excursions.len() + departures.len() - replayed.count(),
    })
}

/// A theme in a city.
struct Offer {
    number: usize,
    city: &'static City,
    theme: &'static Theme,
}

fn offers() -> impl Iterator<Item = Offer> {
    CITIES
        .iter()
        .flat_map(|city| city.language.themes().iter().map(move |theme| (city, theme)))
        .enumerate()
        .map(|(number, (city, theme))| Offer { number, city, theme })
}

impl Offer {
    fn excursion(&self) -> Value {
        let Self { number, city, theme } = self;
        json!({
            "title": format!("{}: {}", city.name, theme.title),
            "description": format!("{} {}", theme.description, city.about),
            "city": city.name,
            "meetingPoint": city.meeting_point,
            "durationMinutes": theme.minutes,
            "idempotencyKey": Uuid::from_u128(KEYS | *number as u128),
        })
    }

    fn departures(&self, excursion: &str, today: NaiveDate) -> impl Iterator<Item = Value> {
        let days =
            (1..=HORIZON_DAYS as u64).filter_map(move |ahead| today.checked_add_days(Days::new(ahead)));
        days.filter_map(|day| self.departure(excursion, day))
    }

    /// The departure on a day, if there is one.
    fn departure(&self, excursion: &str, day: NaiveDate) -> Option<Value> {
        let day_number = (day - NaiveDate::default()).num_days().unsigned_abs() as usize;
        if !(day_number + self.number).is_multiple_of(EVERY_DAYS) {
            return None;
        }
        let starts_at: DateTime<Utc> = day
            .and_time(NaiveTime::from_hms_opt(self.theme.hour, 0, 0)?)
            .and_utc();
        let weekend = day_number % 7 < 2;
        let euros = self.theme.euros + if weekend { 5 } else { 0 };
        Some(json!({
            "excursionId": excursion,
            "startsAt": starts_at,
            "price": { "amount": format!("{euros}.00"), "currency": "EUR" },
            "capacity": 8 + (day_number * 7 + self.number) % 25,
            "idempotencyKey": Uuid::from_u128(KEYS | (day_number as u128) << 32 | self.number as u128),
        }))
    }
}

/// A mutation that is sent many times, many of it in one request.
struct Mutation {
    name: &'static str,
    input: &'static str,
    thing: &'static str,
}

const CREATE: Mutation = Mutation {
    name: "createExcursion",
    input: "CreateExcursionInput",
    thing: "excursion",
};
const SCHEDULE: Mutation = Mutation {
    name: "scheduleDeparture",
    input: "ScheduleDepartureInput",
    thing: "departure",
};

struct Done {
    id: String,
    replayed: bool,
}

async fn all(operator: &Operator, mutation: &Mutation, inputs: Vec<Value>) -> Result<Vec<Done>, Failure> {
    let requests = inputs
        .chunks(BATCH)
        .map(|inputs| batch(operator, mutation, inputs));
    let requests: Vec<_> = requests.collect();
    let done: Vec<Vec<Done>> = stream::iter(requests)
        .buffered(REQUESTS_AT_A_TIME)
        .try_collect()
        .await?;
    Ok(done.into_iter().flatten().collect())
}

async fn batch(operator: &Operator, mutation: &Mutation, inputs: &[Value]) -> Result<Vec<Done>, Failure> {
    let Mutation { name, input, thing } = mutation;
    let mut variables = String::new();
    let mut fields = String::new();
    for number in 0..inputs.len() {
        variables.push_str(&format!("$i{number}: {input}! "));
        fields.push_str(&format!(
            "m{number}: {name}(input: $i{number}) {{ {thing} {{ id }} replayed errors {{ message }} }} "
        ));
    }
    let values: serde_json::Map<String, Value> = inputs
        .iter()
        .enumerate()
        .map(|(number, input)| (format!("i{number}"), input.clone()))
        .collect();
    let query = format!("mutation ({variables}) {{ {fields} }}");
    let answer = operator.0.api.send(&query, Value::Object(values)).await?;
    let done = (0..inputs.len()).map(|number| {
        let payload = &answer["data"][format!("m{number}")];
        let id = payload[*thing]["id"].as_str().map(str::to_owned);
        let replayed = payload["replayed"] == true;
        id.map(|id| Done { id, replayed })
    });
    let refused = || ApiError::Refused {
        operation: (*name).to_owned(),
        errors: vec![crate::model::UserError {
            code: "REFUSED".to_owned(),
            message: answer.to_string(),
            path: Vec::new(),
        }],
    };
    done.collect::<Option<Vec<Done>>>()
        .ok_or_else(|| refused().into())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn departures(today: NaiveDate) -> Vec<String> {
        offers()
            .flat_map(|offer| offer.departures("an excursion", today).collect::<Vec<_>>())
            .map(|departure| departure.to_string())
            .collect()
    }

    #[test]
    fn catalogue_of_a_day_is_always_the_same() {
        let today = NaiveDate::from_ymd_opt(2030, 5, 1).unwrap();
        let first = departures(today);
        assert_eq!(first.len(), DEPARTURES);
        assert_eq!(offers().count(), EXCURSIONS);
        assert_eq!(first, departures(today));
        let next: HashSet<String> = departures(today.succ_opt().unwrap()).into_iter().collect();
        let kept = first.iter().filter(|departure| next.contains(*departure)).count();
        // What departed today is gone, and a day has come at the end.
        assert!(kept >= DEPARTURES - EXCURSIONS, "{kept}");
        let keys: HashSet<String> = offers()
            .map(|offer| offer.excursion()["idempotencyKey"].to_string())
            .collect();
        assert_eq!(keys.len(), EXCURSIONS);
    }
}
