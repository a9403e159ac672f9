//! Every saga of this service in every scenario of `saga::testing`: whatever goes wrong at whichever step or commit, money
//! and seats are held for confirmed orders and for no others, and the books are in order.

use async_trait::async_trait;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Pool;
use orders::sagas::{book_excursion, cancel_departure, cancel_order};
use saga::journal::SagaRecord;
use saga::testing::{Subject, prove};
use saga::{Handle, Registry};
use serde_json::{Value, json};
use service::auth::Caller;
use uuid::Uuid;

use crate::support::{BOOK, CANCEL, CANCEL_DEPARTURE, ORDER, Service, customer, operator};

#[tokio::test]
async fn booking() {
    let played = prove(book_excursion::NAME, 1, async || {
        World::new(Request::Book, 0).await
    })
    .await;
    println!("{played} scenarios");
}

#[tokio::test]
async fn cancelling_an_order() {
    let played = prove(cancel_order::NAME, 1, async || {
        World::new(Request::Cancel, 1).await
    })
    .await;
    println!("{played} scenarios");
}

#[tokio::test]
async fn cancelling_a_departure() {
    let world = async || World::new(Request::CancelDeparture, 2).await;
    let played = prove(cancel_departure::NAME, 1, world).await;
    println!("{played} scenarios");
}

#[derive(Clone, Copy)]
enum Request {
    Book,
    Cancel,
    CancelDeparture,
}

/// The service with some confirmed orders of one customer, its process gone.
struct World {
    service: Service,
    request: Request,
    ann: Caller,
    booked: Vec<String>,
}

impl World {
    async fn new(request: Request, bookings: usize) -> Self {
        let (service, ann) = (Service::start().await, customer());
        let mut booked = Vec::new();
        for _ in 0..bookings {
            let answer = service.book(&ann, 2, Uuid::now_v7()).await;
            let order = answer["order"]["id"].as_str().unwrap().to_owned();
            service.wait_for_order(&order, "CONFIRMED").await;
            booked.push(order);
        }
        service.kill();
        Self {
            service,
            request,
            ann,
            booked,
        }
    }

    async fn order(&self, id: &str) -> Value {
        let answer = self.service.ask(operator(), ORDER, json!({ "id": id })).await;
        answer["data"]["order"].clone()
    }

    async fn count_events(&self, kind: &str) -> usize {
        let events = self.service.events().await;
        events.iter().filter(|event| *event == kind).count()
    }

    /// Of the booking's end there are tickets and an event, or a refusal and an event; each once.
    async fn check_booking(&self, saga: &SagaRecord) {
        let order = self.order(&saga.id.to_string()).await;
        let tickets = order["tickets"].as_array().map_or(0, Vec::len);
        let (confirmed, rejected) = (
            self.count_events("OrderConfirmed").await,
            self.count_events("OrderRejected").await,
        );
        let held = self.service.participants.all_held();
        let found = (order["status"].as_str(), tickets, confirmed, rejected, held);
        match saga.status.as_str() {
            "COMPLETED" => assert_eq!(found, (Some("CONFIRMED"), 2, 1, 0, (1, 1))),
            "COMPENSATED" => assert_eq!(found, (Some("REJECTED"), 0, 0, 1, (0, 0))),
            other => panic!("the booking ended {other}"),
        }
    }

    /// Nothing is left of any order.
    async fn check_cancelled(&self, saga: &SagaRecord) {
        assert_eq!(saga.status, "COMPLETED");
        for id in &self.booked {
            let order = self.order(id).await;
            assert_eq!(order["status"], "CANCELLED");
            let tickets = order["tickets"].as_array().unwrap();
            assert!(tickets.iter().all(|ticket| ticket["valid"] == false), "{order}");
        }
        assert_eq!(self.service.participants.all_held(), (0, 0));
        assert_eq!(self.count_events("OrderCancelled").await, self.booked.len());
    }

    async fn check_totals(&self, cancellation: Uuid) {
        let found = self
            .service
            .wait_for_cancellation(&cancellation.to_string())
            .await;
        let totals = (&found["ordersTotal"], &found["ordersCancelled"]);
        assert_eq!(totals, (&json!(2), &json!(2)));
        assert_eq!(
            found["refunded"],
            json!([{ "amount": "40.00", "currency": "EUR" }])
        );
    }
}

#[async_trait]
impl Subject for World {
    fn pool(&self) -> Pool<AsyncPgConnection> {
        self.service.database.pool.connections()
    }

    fn registry(&self) -> Registry {
        self.service.registry()
    }

    async fn begin(&self, handle: &Handle) {
        let (departure, key) = (self.service.departure, Uuid::now_v7());
        let (caller, mutation, input) = match self.request {
            Request::Book => (
                self.ann.clone(),
                BOOK,
                json!({ "departureId": departure, "seats": 2, "idempotencyKey": key }),
            ),
            Request::Cancel => (
                self.ann.clone(),
                CANCEL,
                json!({ "orderId": self.booked[0], "reason": "ill", "idempotencyKey": key }),
            ),
            Request::CancelDeparture => (
                operator(),
                CANCEL_DEPARTURE,
                json!({ "departureId": departure, "reason": "storm", "idempotencyKey": key }),
            ),
        };
        let answer = self.service.send(handle, &caller, mutation, input).await;
        assert!(answer.get("errors").is_none(), "{answer}");
    }

    async fn check(&self, ended: &[SagaRecord]) {
        let [saga] = ended else {
            panic!("{} sagas", ended.len())
        };
        match self.request {
            Request::Book => self.check_booking(saga).await,
            Request::Cancel => self.check_cancelled(saga).await,
            Request::CancelDeparture => {
                self.check_cancelled(saga).await;
                self.check_totals(saga.id).await;
            }
        }
        self.service.audit().await;
    }
}
