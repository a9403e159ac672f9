//! Customers: top up, search, book, cancel, read their mail.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Payload, Someone};
use crate::Failure;
use crate::api::{ApiError, Document};
use crate::model::{
    ACCOUNT, Account, BookingRequest, DEPARTURE, Departure, ENTRY, ERRORS, Entry, MAIL, Mail, Money, ORDER,
    Order, Page,
};
use crate::patience::until;

const MY_ACCOUNT: Document = Document::new(
    "me.account",
    &["{ result: me { account { ...account } } }", ACCOUNT, ENTRY],
);
const MY_MAILS: Document = Document::new(
    "me.notifications",
    &[
        "{ result: me { unreadNotifications notifications(first: 100) { nodes { ...mail } } } }",
        MAIL,
    ],
);
const MY_ORDERS: Document = Document::new(
    "me.orders",
    &[
        "{ result: me { orders(first: 100) { nodes { ...order } } } }",
        ORDER,
    ],
);
const AN_ORDER: Document = Document::new(
    "order",
    &["query ($id: ID!) { result: order(id: $id) { ...order } }", ORDER],
);
const SEARCH: Document = Document::new(
    "excursions",
    &[
        "query ($filter: ExcursionFilter, $departures: DepartureFilter) {
            result: excursions(filter: $filter) { nodes {
                id departures(filter: $departures) { nodes { ...departure } } } } }",
        DEPARTURE,
    ],
);
const DEPOSIT: Document = Document::new(
    "deposit",
    &[
        "mutation ($input: DepositInput!) { result: deposit(input: $input) {
            thing: entry { ...entry } replayed errors { ...error } } }",
        ENTRY,
        ERRORS,
    ],
);
const BOOK: Document = Document::new(
    "bookExcursion",
    &[
        "mutation ($input: BookExcursionInput!) { result: bookExcursion(input: $input) {
            thing: order { ...order } replayed errors { ...error } } }",
        ORDER,
        ERRORS,
    ],
);
const CANCEL: Document = Document::new(
    "cancelOrder",
    &[
        "mutation ($input: CancelOrderInput!) { result: cancelOrder(input: $input) {
            thing: order { ...order } replayed errors { ...error } } }",
        ORDER,
        ERRORS,
    ],
);

/// Somebody who books.
#[derive(Clone)]
pub struct Customer(pub Someone);

/// What a booking was answered with.
#[derive(Debug)]
pub struct Booked {
    /// The order, as it stood.
    pub order: Order,
    /// Whether the same request had made it before.
    pub replayed: bool,
}

/// What a deposit was answered with.
#[derive(Debug)]
pub struct Deposited {
    /// The deposit's entry.
    pub entry: Entry,
    /// Whether the same request had been made before.
    pub replayed: bool,
}

/// What to look for: excursions by their text, their city, and when they depart.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Search {
    /// Words of title or description.
    pub text: String,
    /// Where.
    pub city: String,
    /// Departing then or later.
    pub starts_from: DateTime<Utc>,
    /// Departing then or earlier.
    pub starts_to: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Mine {
    account: Option<Account>,
    #[serde(rename = "notifications")]
    mails: Option<Page<Mail>>,
    orders: Option<Page<Order>>,
}

#[derive(Deserialize)]
struct Found {
    departures: Page<Departure>,
}

impl Customer {
    /// The customer's id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.0.user.id
    }

    /// What to call the customer: the first of the names.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.user.name.split(' ').next().unwrap_or_default()
    }

    async fn mine(&self, document: &Document) -> Result<Mine, ApiError> {
        self.0.api.ask(document, json!({})).await
    }

    /// The account, once it is open.
    ///
    /// # Errors
    /// [`ApiError`], or that it never opened.
    pub async fn account(&self) -> Result<Account, Failure> {
        until(format!("{}'s account", self.name()), async || {
            Ok(self.mine(&MY_ACCOUNT).await?.account)
        })
        .await
    }

    /// What is on the account.
    ///
    /// # Errors
    /// As [`Customer::account`].
    pub async fn balance(&self) -> Result<Money, Failure> {
        Ok(self.account().await?.balance)
    }

    /// All mails, the newest first.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn mails(&self) -> Result<Vec<Mail>, ApiError> {
        Ok(self
            .mine(&MY_MAILS)
            .await?
            .mails
            .map_or_else(Vec::new, |page| page.nodes))
    }

    /// The mail of a kind about an order, or about none, once it has come.
    ///
    /// # Errors
    /// [`ApiError`], or that it never came.
    pub async fn mail(&self, kind: &str, order: Option<Uuid>) -> Result<Mail, Failure> {
        let is_meant = |mail: &Mail| mail.kind == kind && mail.order.as_ref().map(|about| about.id) == order;
        until(format!("the mail {kind} to {}", self.name()), async || {
            Ok(self.mails().await?.into_iter().find(is_meant))
        })
        .await
    }

    /// All orders, the newest first.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn orders(&self) -> Result<Vec<Order>, ApiError> {
        Ok(self
            .mine(&MY_ORDERS)
            .await?
            .orders
            .map_or_else(Vec::new, |page| page.nodes))
    }

    /// An order, where the customer may see it.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn order(&self, id: Uuid) -> Result<Option<Order>, ApiError> {
        self.0.api.ask(&AN_ORDER, json!({ "id": id })).await
    }

    /// An order, once nothing is to be done for it any more.
    ///
    /// # Errors
    /// [`ApiError`], or that its saga never ended.
    pub async fn settled(&self, id: Uuid) -> Result<Order, Failure> {
        until(format!("the end of {}'s order {id}", self.name()), async || {
            Ok(self.order(id).await?.filter(|order| !order.is_under_way()))
        })
        .await
    }

    /// Departures that a search finds.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn search(&self, search: &Search) -> Result<Vec<Departure>, ApiError> {
        let departures = json!({ "startsFrom": search.starts_from, "startsTo": search.starts_to });
        let variables = json!({ "filter": search, "departures": departures });
        let found: Page<Found> = self.0.api.ask(&SEARCH, variables).await?;
        Ok(found
            .nodes
            .into_iter()
            .flat_map(|excursion| excursion.departures.nodes)
            .collect())
    }

    /// Tops up the account.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn deposit(&self, amount: &Money) -> Result<Deposited, ApiError> {
        self.deposit_with_key(amount, Uuid::new_v4()).await
    }

    /// Tops up the account with a key of one's own.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn deposit_with_key(&self, amount: &Money, key: Uuid) -> Result<Deposited, ApiError> {
        let input = json!({ "amount": amount, "idempotencyKey": key });
        let payload: Payload<Entry> = self.0.api.ask(&DEPOSIT, json!({ "input": input })).await?;
        let (entry, replayed) = payload.done(DEPOSIT.name())?;
        Ok(Deposited { entry, replayed })
    }

    /// Books, and takes what is answered: the order may still be under way.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn ask_for(&self, request: &BookingRequest) -> Result<Booked, ApiError> {
        let payload: Payload<Order> = self.0.api.ask(&BOOK, json!({ "input": request })).await?;
        let (order, replayed) = payload.done(BOOK.name())?;
        Ok(Booked { order, replayed })
    }

    /// Books, and waits for the end of it where the answer came before.
    ///
    /// # Errors
    /// [`ApiError`], or that the booking never ended.
    pub async fn book(&self, request: &BookingRequest) -> Result<Booked, Failure> {
        let booked = self.ask_for(request).await?;
        if booked.order.is_under_way() {
            let order = self.settled(booked.order.id).await?;
            return Ok(Booked { order, ..booked });
        }
        Ok(booked)
    }

    /// Cancels an order, and waits for the end of it where the answer came before.
    ///
    /// # Errors
    /// [`ApiError`], or that the cancellation never ended.
    pub async fn cancel(&self, order: Uuid, reason: &str) -> Result<Order, Failure> {
        let input = json!({ "orderId": order, "reason": reason, "idempotencyKey": Uuid::new_v4() });
        let payload: Payload<Order> = self.0.api.ask(&CANCEL, json!({ "input": input })).await?;
        let (order, _) = payload.done(CANCEL.name())?;
        if order.is_under_way() {
            return self.settled(order.id).await;
        }
        Ok(order)
    }
}
