//! The service as its schema, over a database of the test's own, with a worker that can be killed and begun again.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Request, Variables};
use orders::departures::KnownDepartures;
use orders::graphql::{Booking, OrdersSchema, build};
use orders::{migrations, sagas};
use saga::{Handle, Journal, Registry, Worker, WorkerSettings};
use serde_json::{Value, json};
use service::ServiceName;
use service::application::Foundation;
use service::auth::{Caller, Principal, Role, SERVICE, Signer, new_signing_key};
use service::config::{Environment, ServiceSettings};
use service::graphql::{Limits, mask};
use service::id::{DepartureId, UserId};
use service::testing::TestDatabase;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::participants::Participants;

pub struct Service {
    pub database: TestDatabase,
    pub participants: Participants,
    pub departure: DepartureId,
    schema: OrdersSchema,
    worker: JoinHandle<()>,
    url: String,
}

/// Leases that run out within a test.
fn settings() -> WorkerSettings {
    WorkerSettings {
        lease: Duration::from_millis(600),
        heartbeat: Duration::from_millis(150),
        scan: Duration::from_millis(50),
        answer_timeout: Duration::from_secs(20),
        ..WorkerSettings::default()
    }
}

impl Service {
    pub async fn start() -> Self {
        let database = TestDatabase::new(ServiceName::Orders, migrations).await;
        let participants = Participants::default();
        let departure = DepartureId::new();
        participants.books.lock().unwrap().departure = departure.to_string();
        let url = participants.serve().await;
        let (schema, worker) = process(&database, &url);
        Self {
            database,
            participants,
            departure,
            schema,
            worker,
            url,
        }
    }

    /// Kills the process as SIGKILL does, and begins another on the same database.
    pub async fn kill_and_restart(&mut self) {
        self.worker.abort();
        (self.schema, self.worker) = process(&self.database, &self.url);
    }

    /// The sagas of the service, as its process would drive them.
    pub fn registry(&self) -> Registry {
        Parts::new(&self.database, &self.url).registry()
    }

    /// Kills the process as SIGKILL does. Queries are answered all the same.
    pub fn kill(&self) {
        self.worker.abort();
    }

    /// What a mutation or query answers, as JSON; top-level errors as `errors`.
    pub async fn ask(&self, caller: Caller, query: &str, variables: Value) -> Value {
        ask(&self.schema, caller, query, variables).await
    }

    /// Sends a mutation to a process whose sagas go to this handle, and does not wait for their end.
    pub async fn send(&self, sagas: &Handle, caller: &Caller, query: &str, input: Value) -> Value {
        let parts = Parts::new(&self.database, &self.url);
        let schema = parts.schema(sagas.clone(), Duration::ZERO);
        ask(&schema, caller.clone(), query, json!({ "input": input })).await
    }

    pub async fn book(&self, customer: &Caller, seats: i32, key: Uuid) -> Value {
        let input = json!({ "departureId": self.departure, "seats": seats, "idempotencyKey": key });
        let answer = self.ask(customer.clone(), BOOK, json!({ "input": input })).await;
        answer["data"]["bookExcursion"].clone()
    }

    pub async fn cancel(&self, caller: &Caller, order: &str, key: Uuid) -> Value {
        let input = json!({ "orderId": order, "reason": "ill", "idempotencyKey": key });
        let answer = self.ask(caller.clone(), CANCEL, json!({ "input": input })).await;
        answer["data"]["cancelOrder"].clone()
    }

    pub async fn cancel_departure(&self, operator: &Caller, key: Uuid) -> Value {
        let input = json!({ "departureId": self.departure, "reason": "storm", "idempotencyKey": key });
        let answer = self
            .ask(operator.clone(), CANCEL_DEPARTURE, json!({ "input": input }))
            .await;
        answer["data"]["cancelDeparture"].clone()
    }

    /// Waits until an order has a status, and answers with it.
    pub async fn wait_for_order(&self, order: &str, status: &str) -> Value {
        let waiting = async {
            loop {
                let answer = self.ask(operator(), ORDER, json!({ "id": order })).await;
                let found = answer["data"]["order"].clone();
                if found["status"] == status {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let Ok(order) = tokio::time::timeout(Duration::from_secs(60), waiting).await else {
            panic!(
                "never {status}: {}",
                self.ask(operator(), ORDER, json!({ "id": order })).await
            );
        };
        order
    }

    /// Waits until nothing happens to an order any more; its status then.
    pub async fn wait_for_rest(&self, order: &str) -> String {
        let waiting = async {
            loop {
                let answer = self.ask(operator(), ORDER, json!({ "id": order })).await;
                let status = answer["data"]["order"]["status"].as_str().unwrap_or_default();
                if ["CONFIRMED", "REJECTED", "CANCELLED"].contains(&status) {
                    return status.to_owned();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), waiting).await;
        waited.expect("the order comes to rest")
    }

    /// Waits until the command has come to the participants.
    pub async fn wait_for_call(&self, command: &str) {
        while !self.participants.calls().iter().any(|call| call == command) {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until the command has come so often.
    pub async fn wait_for_call_count(&self, command: &str, count: usize) {
        while self
            .participants
            .calls()
            .iter()
            .filter(|call| *call == command)
            .count()
            < count
        {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until the command has come again after so many calls.
    pub async fn wait_for_new_call(&self, command: &str, after: usize) {
        while !self.participants.calls()[after..]
            .iter()
            .any(|call| call == command)
        {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until a cancellation is COMPLETED, and answers with it.
    pub async fn wait_for_cancellation(&self, id: &str) -> Value {
        let waiting = async {
            loop {
                let answer = self.ask(operator(), CANCELLATION, json!({ "id": id })).await;
                let found = answer["data"]["cancellation"].clone();
                if found["status"] == "COMPLETED" {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waiting)
            .await
            .expect("the cancellation ends")
    }

    /// Waits until a transaction in this database waits for an advisory lock.
    pub async fn wait_for_waiting_lock(&self) {
        use diesel_async::RunQueryDsl;
        const WAITING: &str = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let mut connection = self.database.pool.get().await.unwrap();
        let waiting = async {
            while diesel::sql_query(WAITING).execute(&mut connection).await.unwrap() == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), waiting).await;
        waited.expect("a transaction waits for the lock");
    }

    /// The id of the one order that there is.
    pub async fn only_order(&self) -> String {
        let answer = self
            .ask(operator(), "{ orders(first: 2) { nodes { id } } }", json!({}))
            .await;
        let orders = answer["data"]["orders"]["nodes"].as_array().unwrap().clone();
        assert_eq!(orders.len(), 1);
        orders[0]["id"].as_str().unwrap().to_owned()
    }

    /// The types of the events in the outbox, in their order; nothing publishes them here.
    pub async fn events(&self) -> Vec<String> {
        use diesel_async::RunQueryDsl;
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            event: String,
        }
        let rows: Vec<Row> = diesel::sql_query("SELECT type AS event FROM outbox ORDER BY position")
            .load(&mut self.database.pool.get().await.unwrap())
            .await
            .unwrap();
        rows.into_iter().map(|row| row.event).collect()
    }

    /// Nothing is forgotten or half done.
    pub async fn audit(&self) {
        let mut connection = self.database.pool.get().await.unwrap();
        assert_eq!(orders::audit::audit(&mut connection).await.unwrap(), []);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.worker.abort();
    }
}

fn process(database: &TestDatabase, url: &str) -> (OrdersSchema, JoinHandle<()>) {
    let parts = Parts::new(database, url);
    let journal = Journal::new(parts.foundation.pool.connections(), parts.registry());
    let (worker, handle) = Worker::new(journal, settings());
    let schema = parts.schema(handle, Duration::from_secs(5));
    (schema, tokio::spawn(worker.run(CancellationToken::new())))
}

/// What a process is put together from.
struct Parts {
    foundation: Foundation,
    participants: Arc<orders::participants::Participants>,
}

impl Parts {
    fn new(database: &TestDatabase, url: &str) -> Self {
        use secrecy::ExposeSecret;
        let environment = Environment::from_pairs([
            ("ORDERS_DATABASE_URL", database.url.expose_secret()),
            ("BILLING_URL", url),
            ("EXCURSIONS_URL", url),
        ]);
        let foundation = Foundation::lay(
            ServiceSettings::read(&environment, ServiceName::Orders).unwrap(),
            migrations,
        )
        .unwrap();
        let signer = Signer::from_pem(SERVICE, &new_signing_key().unwrap()).unwrap();
        let participants = Arc::new(orders::participants::Participants::new(&foundation, signer));
        Self {
            foundation,
            participants,
        }
    }

    fn registry(&self) -> Registry {
        sagas::registry(&self.participants)
    }

    /// `wait`: for how long mutations wait for the end of their saga.
    fn schema(self, sagas: Handle, wait: Duration) -> OrdersSchema {
        build(
            Booking {
                pool: self.foundation.pool,
                sagas,
                participants: self.participants,
                departures: KnownDepartures::default(),
                outbox: self.foundation.outbox,
                wait,
            },
            Limits::default(),
        )
    }
}

async fn ask(schema: &OrdersSchema, caller: Caller, query: &str, variables: Value) -> Value {
    let request = Request::new(query)
        .variables(Variables::from_json(variables))
        .data(caller);
    let mut response = schema.execute(request).await;
    response.errors = response.errors.into_iter().map(mask).collect();
    serde_json::to_value(response).unwrap()
}

pub fn customer() -> Caller {
    Caller::User(Principal {
        id: UserId::new(),
        role: Role::Customer,
        expires_at: i64::MAX,
    })
}

pub fn operator() -> Caller {
    Caller::User(Principal {
        id: UserId::new(),
        role: Role::Operator,
        expires_at: i64::MAX,
    })
}

pub const BOOK: &str = "mutation ($input: BookExcursionInput!) { bookExcursion(input: $input) {
    order { id status seats total { amount currency } rejection { code message } tickets { code valid }
        timeline { kind step direction message } }
    replayed errors { code message path } } }";
pub const CANCEL: &str = "mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) {
    order { id status tickets { code valid } } replayed errors { code message path } } }";
pub const CANCEL_DEPARTURE: &str =
    "mutation ($input: CancelDepartureInput!) { cancelDeparture(input: $input) {
    cancellation { id status ordersTotal ordersCancelled refunded { amount currency } }
    replayed errors { code message path } } }";
pub const ORDER: &str = "query ($id: ID!) { order(id: $id) {
    id status seats total { amount currency } rejection { code message } tickets { code valid }
    timeline { kind step direction message } } }";
const CANCELLATION: &str = "query ($id: ID!) { cancellation(id: $id) {
    id status ordersTotal ordersCancelled refunded { amount currency } } }";
