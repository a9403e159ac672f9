//! The second point.

use crate::actor::Operator;
use crate::failure::told;
use crate::model::{Departure, Excursion, eur};
use crate::{Failure, Stage};

/// What the operator published.
pub struct Programme {
    /// Who.
    pub operator: Operator,
    /// What.
    pub excursion: Excursion,
    /// A departure with 12 seats at 25.00.
    pub first: Departure,
    /// A departure with 2 seats at 25.00.
    pub small: Departure,
    /// A departure with 20 seats at 20.00.
    pub doomed: Departure,
}

/// The first operator, who comes from configuration, creates an excursion and schedules departures.
///
/// # Errors
/// What is not as told.
pub async fn publish(stage: &Stage) -> Result<Programme, Failure> {
    let tell = stage.tell;
    tell.title(2, "An operator creates an excursion and schedules departures");
    tell.asked(format!(
        "logIn: {}, the first operator, from configuration",
        stage.stack.operator_email
    ));
    let operator = stage.first_operator().await?;
    let role = &operator.0.user.role;
    told("the role of the first operator", role.as_str(), "ADMIN")?;
    tell.answered(format!("a session of user {}, {role}", operator.0.user.id));

    let to_create = stage.excursion();
    tell.asked(format!(
        "createExcursion: \"{}\", {}",
        to_create.title, to_create.city
    ));
    let excursion = operator.create_excursion(&to_create).await?;
    told("the excursion's title", &excursion.title, &to_create.title)?;
    tell.answered(format!("excursion {}", excursion.id));

    let mut departures = Vec::new();
    for (days, price, capacity) in [(10, eur(25), 12), (11, eur(25), 2), (12, eur(20), 20)] {
        let starts_at = stage.dawn_in(days);
        let when = starts_at.format("%a %d %b %Y %H:%M UTC");
        tell.asked(format!("scheduleDeparture: {when}, {capacity} seats at {price}"));
        let departure = operator
            .schedule(excursion.id, starts_at, &price, capacity)
            .await?;
        told("the departure's status", departure.status.as_str(), "OPEN")?;
        told("the departure's seats", departure.seats_available, capacity)?;
        tell.answered(format!("departure {}, {}", departure.id, departure.status));
        departures.push(departure);
    }
    let [first, small, doomed] = departures.try_into().map_err(|_departures| Failure::NotAsTold {
        what: "the programme".to_owned(),
        told: "three departures".to_owned(),
        found: "another number".to_owned(),
    })?;
    Ok(Programme {
        operator,
        excursion,
        first,
        small,
        doomed,
    })
}
