//! What comes back, as far as scenes look at it, and the fragments that ask for it.
//!
//! Words of enums stay texts: an unknown word is then something to be told, not something that cannot be read.

mod money;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

pub use money::{Money, eur};

/// The fields of [`UserError`].
pub const ERRORS: &str = "fragment error on UserError { code message path }";
/// The fields of [`Session`].
pub const SESSION: &str = "fragment session on Session {
    accessToken accessTokenExpiresAt refreshToken user { id email name role } }";
/// The fields of [`Entry`].
pub const ENTRY: &str = "fragment entry on LedgerEntry {
    id kind amount { amount currency } balanceAfter { amount currency } order { id } }";
/// The fields of [`Account`]; spreads [`ENTRY`].
pub const ACCOUNT: &str = "fragment account on Account {
    id balance { amount currency } entries(first: 100) { nodes { ...entry } } }";
/// The fields of [`Departure`].
pub const DEPARTURE: &str = "fragment departure on Departure {
    id startsAt salesCloseAt price { amount currency } capacity seatsAvailable status excursion { id title city } }";
/// The fields of [`Order`].
pub const ORDER: &str = "fragment order on Order {
    id seats status total { amount currency } rejection { code message } tickets { id code valid }
    timeline { at kind step direction message } }";
/// The fields of [`Mail`].
pub const MAIL: &str = "fragment mail on Notification { id kind recipient subject body order { id } readAt }";
/// The fields of [`Cancellation`].
pub const CANCELLATION: &str = "fragment cancellation on Cancellation {
    id status reason ordersTotal ordersCancelled refunded { amount currency } finishedAt }";

/// What a mutation's payload says went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct UserError {
    /// For programs.
    pub code: String,
    /// For people.
    pub message: String,
    /// The input field at fault.
    pub path: Vec<String>,
}

impl fmt::Display for UserError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, message, path } = self;
        write!(formatter, "{code} at {}: {message}", path.join("."))
    }
}

/// A thing that is only referred to.
#[derive(Clone, Debug, Deserialize)]
pub struct Reference {
    /// Its id.
    pub id: Uuid,
}

/// Somebody who can log in.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    /// The id.
    pub id: Uuid,
    /// The address to log in with.
    pub email: String,
    /// What to call the user.
    pub name: String,
    /// What the user may do.
    pub role: String,
}

/// A log-in.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// For the `Authorization` header.
    pub access_token: String,
    /// When it stops to hold.
    pub access_token_expires_at: DateTime<Utc>,
    /// For the next pair of tokens.
    pub refresh_token: String,
    /// Who.
    pub user: User,
}

/// A page of a list.
#[derive(Clone, Debug, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    pub nodes: Vec<T>,
}

/// A customer's money.
#[derive(Clone, Debug, Deserialize)]
pub struct Account {
    /// The id.
    pub id: Uuid,
    /// What is on it.
    pub balance: Money,
    /// What moved the balance, the newest first.
    pub entries: Page<Entry>,
}

impl Account {
    /// What moved the balance, the newest first, in short: `CHARGE -50.00 EUR`.
    #[must_use]
    pub fn movements(&self) -> Vec<String> {
        self.entries.nodes.iter().map(ToString::to_string).collect()
    }

    /// The movements of one order, the oldest first: `CHARGE`, `REFUND`.
    #[must_use]
    pub fn kinds_about(&self, order: Uuid) -> Vec<&str> {
        let about = |entry: &&Entry| entry.order.as_ref().is_some_and(|about| about.id == order);
        let kinds = self.entries.nodes.iter().filter(about);
        kinds.rev().map(|entry| entry.kind.as_str()).collect()
    }
}

/// One movement of money.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The id.
    pub id: Uuid,
    /// DEPOSIT, CHARGE or REFUND.
    pub kind: String,
    /// Signed.
    pub amount: Money,
    /// What was on the account then.
    pub balance_after: Money,
    /// The order that it is about.
    pub order: Option<Reference>,
}

impl fmt::Display for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind, self.amount)
    }
}

/// What is offered.
#[derive(Clone, Debug, Deserialize)]
pub struct Excursion {
    /// The id.
    pub id: Uuid,
    /// What it is called.
    pub title: String,
    /// Where it is.
    pub city: String,
}

/// An excursion at a given time.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Departure {
    /// The id.
    pub id: Uuid,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When sales close.
    pub sales_close_at: DateTime<Utc>,
    /// What a seat costs.
    pub price: Money,
    /// How many seats there are.
    pub capacity: i32,
    /// How many of them are left.
    pub seats_available: i32,
    /// OPEN, CLOSED, CANCELLING or CANCELLED.
    pub status: String,
    /// What departs.
    pub excursion: Excursion,
}

/// A request for seats on a departure, and what became of it.
#[derive(Clone, Debug, Deserialize)]
pub struct Order {
    /// The id.
    pub id: Uuid,
    /// How many seats.
    pub seats: i32,
    /// PENDING, CONFIRMED, REJECTED, CANCELLING or CANCELLED.
    pub status: String,
    /// What it costs, once quoted.
    pub total: Option<Money>,
    /// Why it was rejected.
    pub rejection: Option<Rejection>,
    /// One a seat.
    pub tickets: Vec<Ticket>,
    /// What happened to it.
    pub timeline: Vec<SagaEvent>,
}

impl Order {
    /// Whether its saga has something to do yet.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        matches!(self.status.as_str(), "PENDING" | "CANCELLING")
    }

    /// The status, and the reason where it is REJECTED: `REJECTED: SOLD_OUT`.
    #[must_use]
    pub fn outcome(&self) -> String {
        match &self.rejection {
            Some(rejection) => format!("{}: {}", self.status, rejection.code),
            None => self.status.clone(),
        }
    }

    /// The steps that succeeded, in order; those that were undone with a minus: `quote`, `charge`, `-charge`.
    #[must_use]
    pub fn steps(&self) -> Vec<String> {
        let succeeded = self
            .timeline
            .iter()
            .filter(|event| event.kind == "STEP_SUCCEEDED");
        succeeded
            .map(|event| {
                let undone = if event.direction == "BACKWARD" { "-" } else { "" };
                format!("{undone}{}", event.step.as_deref().unwrap_or_default())
            })
            .collect()
    }
}

/// Why an order was rejected.
#[derive(Clone, Debug, Deserialize)]
pub struct Rejection {
    /// For programs.
    pub code: String,
    /// For people.
    pub message: String,
}

/// One seat of a confirmed order.
#[derive(Clone, Debug, Deserialize)]
pub struct Ticket {
    /// The id.
    pub id: Uuid,
    /// What is shown at the meeting point.
    pub code: String,
    /// Whether it admits.
    pub valid: bool,
}

/// An entry of a saga's journal.
#[derive(Clone, Debug, Deserialize)]
pub struct SagaEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: String,
    /// At which step.
    pub step: Option<String>,
    /// FORWARD or BACKWARD.
    pub direction: String,
    /// In plain words.
    pub message: Option<String>,
}

/// A saga that is under way.
#[derive(Clone, Debug, Deserialize)]
pub struct Saga {
    /// The id.
    pub id: Uuid,
    /// RUNNING, COMPENSATING, and so on.
    pub status: String,
    /// The step that is due.
    pub step: Option<String>,
    /// How often it failed.
    pub attempts: i32,
    /// The order that it is about.
    pub order: Option<Reference>,
}

/// An e-mail.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// The id.
    pub id: Uuid,
    /// What it tells.
    pub kind: String,
    /// The address that it went to.
    pub recipient: String,
    /// Its subject line.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// The order that it is about.
    pub order: Option<Reference>,
    /// When it was read.
    pub read_at: Option<DateTime<Utc>>,
}

/// The undoing of a departure.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cancellation {
    /// The id.
    pub id: Uuid,
    /// RUNNING or COMPLETED.
    pub status: String,
    /// Why.
    pub reason: String,
    /// Orders to be undone.
    pub orders_total: i32,
    /// Those that are.
    pub orders_cancelled: i32,
    /// What came back, an amount a currency.
    pub refunded: Vec<Money>,
    /// When the last was undone.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A request for seats. Sent again as it is, it makes no second order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BookingRequest {
    /// On which departure.
    pub departure_id: Uuid,
    /// How many.
    pub seats: i32,
    /// The customer's key for it.
    pub idempotency_key: Uuid,
}

impl BookingRequest {
    /// A new request.
    #[must_use]
    pub fn new(departure: &Departure, seats: i32) -> Self {
        Self {
            departure_id: departure.id,
            seats,
            idempotency_key: Uuid::new_v4(),
        }
    }
}
