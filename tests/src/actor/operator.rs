//! Operators: publish excursions, schedule and cancel departures.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Payload, Someone};
use crate::Failure;
use crate::api::{ApiError, Document};
use crate::model::{
    CANCELLATION, Cancellation, DEPARTURE, Departure, ERRORS, Excursion, Money, ORDER, Order, Page, Saga,
    User,
};
use crate::patience::until;

const CREATE: Document = Document::new(
    "createExcursion",
    &[
        "mutation ($input: CreateExcursionInput!) { result: createExcursion(input: $input) {
            thing: excursion { id title city } replayed errors { ...error } } }",
        ERRORS,
    ],
);
const SCHEDULE: Document = Document::new(
    "scheduleDeparture",
    &[
        "mutation ($input: ScheduleDepartureInput!) { result: scheduleDeparture(input: $input) {
            thing: departure { ...departure } replayed errors { ...error } } }",
        DEPARTURE,
        ERRORS,
    ],
);
const A_DEPARTURE: Document = Document::new(
    "departure",
    &[
        "query ($id: ID!) { result: departure(id: $id) { ...departure } }",
        DEPARTURE,
    ],
);
const ORDERS_ON: Document = Document::new(
    "departure.orders",
    &[
        "query ($id: ID!) { result: departure(id: $id) { orders(first: 100) { nodes { ...order } } } }",
        ORDER,
    ],
);
const CANCEL: Document = Document::new(
    "cancelDeparture",
    &[
        "mutation ($input: CancelDepartureInput!) { result: cancelDeparture(input: $input) {
            thing: cancellation { ...cancellation } replayed errors { ...error } } }",
        CANCELLATION,
        ERRORS,
    ],
);
const A_CANCELLATION: Document = Document::new(
    "cancellation",
    &[
        "query ($id: ID!) { result: cancellation(id: $id) { ...cancellation } }",
        CANCELLATION,
    ],
);
const CHANGE_ROLE: Document = Document::new(
    "changeRole",
    &[
        "mutation ($input: ChangeRoleInput!) { result: changeRole(input: $input) {
            thing: user { id email name role } errors { ...error } } }",
        ERRORS,
    ],
);

const BOOKINGS_UNDER_WAY: Document = Document::new(
    "sagas",
    &[
        "{ result: sagas(filter: { kind: \"book-excursion\", status: RUNNING }, first: 100) {
        nodes { id status step attempts order { id } } } }",
    ],
);

/// Somebody who runs the place.
#[derive(Clone)]
pub struct Operator(pub Someone);

/// An excursion to be published.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExcursionToCreate {
    /// What it is called.
    pub title: String,
    /// What to expect.
    pub description: String,
    /// Where it is.
    pub city: String,
    /// Where to meet.
    pub meeting_point: String,
    /// How long it takes.
    pub duration_minutes: i32,
    /// The operator's key for it.
    pub idempotency_key: Uuid,
}

impl Operator {
    async fn done<T: serde::de::DeserializeOwned>(
        &self,
        document: &Document,
        input: Value,
    ) -> Result<T, ApiError> {
        let payload: Payload<T> = self.0.api.ask(document, json!({ "input": input })).await?;
        payload.done(document.name()).map(|(thing, _)| thing)
    }

    /// Publishes an excursion.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn create_excursion(&self, excursion: &ExcursionToCreate) -> Result<Excursion, ApiError> {
        self.done(&CREATE, json!(excursion)).await
    }

    /// Puts a departure on sale.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn schedule(
        &self,
        excursion: Uuid,
        starts_at: DateTime<Utc>,
        price: &Money,
        capacity: i32,
    ) -> Result<Departure, ApiError> {
        let input = json!({
            "excursionId": excursion,
            "startsAt": starts_at,
            "price": price,
            "capacity": capacity,
            "idempotencyKey": Uuid::new_v4(),
        });
        self.done(&SCHEDULE, input).await
    }

    /// A departure as it is now.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn departure(&self, id: Uuid) -> Result<Departure, ApiError> {
        self.0.api.ask(&A_DEPARTURE, json!({ "id": id })).await
    }

    /// How many seats are left on a departure.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn seats_left(&self, departure: &Departure) -> Result<i32, ApiError> {
        Ok(self.departure(departure.id).await?.seats_available)
    }

    /// The orders on a departure, the newest first; 100 at most.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn orders_on(&self, departure: &Departure) -> Result<Vec<Order>, ApiError> {
        #[derive(serde::Deserialize)]
        struct Orders {
            orders: Page<Order>,
        }
        let departure: Orders = self.0.api.ask(&ORDERS_ON, json!({ "id": departure.id })).await?;
        Ok(departure.orders.nodes)
    }

    /// Begins to cancel a departure, and takes what is answered.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn cancel(&self, departure: &Departure, reason: &str) -> Result<Cancellation, ApiError> {
        let key = Uuid::new_v4();
        let input = json!({ "departureId": departure.id, "reason": reason, "idempotencyKey": key });
        self.done(&CANCEL, input).await
    }

    /// A cancellation, once it is completed.
    ///
    /// # Errors
    /// [`ApiError`], or that it never was.
    pub async fn completed(&self, cancellation: Uuid) -> Result<Cancellation, Failure> {
        until(format!("the end of cancellation {cancellation}"), async || {
            let id = json!({ "id": cancellation });
            let cancellation: Cancellation = self.0.api.ask(&A_CANCELLATION, id).await?;
            Ok(Some(cancellation).filter(|cancellation| cancellation.status == "COMPLETED"))
        })
        .await
    }

    /// The booking saga of an order, while it runs.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn booking_of(&self, order: Uuid) -> Result<Option<Saga>, ApiError> {
        let sagas: Page<Saga> = self.0.api.ask(&BOOKINGS_UNDER_WAY, json!({})).await?;
        let is_about = |saga: &Saga| saga.order.as_ref().is_some_and(|about| about.id == order);
        Ok(sagas.nodes.into_iter().find(is_about))
    }

    /// Changes what somebody may do; for administrators.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn change_role(&self, user: Uuid, role: &str) -> Result<User, ApiError> {
        self.done(&CHANGE_ROLE, json!({ "userId": user, "role": role }))
            .await
    }
}
