//! A subgraph on a database of its own, and what tests do with it.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use excursions::graphql::{ExcursionsSchema, schema};
use serde_json::{Value, json};
use service::ServiceName;
use service::auth::{Caller, Principal, Role};
use service::database::Connection;
use service::events::OutboxHint;
use service::graphql::{GraphqlSchema, Limits, mask};
use service::id::UserId;
use service::testing::TestDatabase;
use uuid::Uuid;

/// A subgraph on a database of its own.
pub struct World {
    pub database: TestDatabase,
    schema: ExcursionsSchema,
    operator: Caller,
}

/// A user who calls.
pub fn caller(role: Role) -> Caller {
    Caller::User(Principal {
        id: UserId::new(),
        role,
        expires_at: Utc::now().timestamp() + 900,
    })
}

/// The service that drives the sagas.
pub fn orders() -> Caller {
    Caller::Service("orders".to_owned())
}

/// So many days from now.
pub fn in_days(days: i64) -> DateTime<Utc> {
    Utc::now() + TimeDelta::days(days)
}

/// Euros as clients write them.
pub fn euros(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    row: String,
}

impl World {
    pub async fn new() -> Self {
        let database = TestDatabase::new(ServiceName::Excursions, excursions::migrations).await;
        let schema = schema(database.pool.clone(), OutboxHint::default(), Limits::default());
        Self {
            database,
            schema,
            operator: caller(Role::Operator),
        }
    }

    pub async fn connection(&self) -> Connection {
        self.database.pool.get().await.unwrap()
    }

    /// The response as a client sees it.
    pub async fn execute(&self, caller: &Caller, document: &str, variables: Value) -> Value {
        let request = async_graphql::Request::new(document)
            .variables(async_graphql::Variables::from_json(variables))
            .data(caller.clone());
        let mut response = self.schema.run(request).await;
        response.errors = response.errors.into_iter().map(mask).collect();
        serde_json::to_value(response).unwrap()
    }

    /// The data of a response without errors.
    pub async fn ask(&self, caller: &Caller, document: &str, variables: Value) -> Value {
        let mut response = self.execute(caller, document, variables).await;
        assert_eq!(response.get("errors"), None, "{response}");
        response["data"].take()
    }

    /// The code of the one top-level error of a response.
    pub async fn refusal(&self, caller: &Caller, document: &str, variables: Value) -> String {
        let response = self.execute(caller, document, variables).await;
        let errors = response["errors"]
            .as_array()
            .unwrap_or_else(|| panic!("{response}"));
        assert_eq!(errors.len(), 1, "{response}");
        errors[0]["extensions"]["code"].as_str().unwrap().to_owned()
    }

    /// The payload of an operator's mutation `name(input: …)`.
    pub async fn mutate(&self, name: &str, input: Value) -> Value {
        self.mutate_as(&self.operator, name, input).await
    }

    pub async fn mutate_as(&self, caller: &Caller, name: &str, input: Value) -> Value {
        let mut data = self.ask(caller, mutation(name), json!({ "input": input })).await;
        data[name].take()
    }

    /// The errors of an operator's mutation that is refused, as (code, path), with nothing changed.
    pub async fn refused(&self, name: &str, input: Value) -> Vec<(String, String)> {
        let before = self.contents().await;
        let payload = self.mutate(name, input.clone()).await;
        assert_eq!(self.contents().await, before, "{name} {input} changed something");
        assert!(
            payload["excursion"].is_null() && payload["departure"].is_null(),
            "{payload}"
        );
        let errors = payload["errors"].as_array().unwrap().iter().map(|error| {
            let path: Vec<&str> = error["path"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_str)
                .collect();
            assert!(!error["message"].as_str().unwrap().is_empty());
            (error["code"].as_str().unwrap().to_owned(), path.join("."))
        });
        errors.collect()
    }

    /// An excursion, by its id.
    pub async fn excursion(&self, title: &str, city: &str, description: &str) -> String {
        let input = json!({
            "title": title,
            "city": city,
            "description": description,
            "durationMinutes": 90,
            "idempotencyKey": Uuid::new_v4(),
        });
        let payload = self.mutate("createExcursion", input).await;
        payload["excursion"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{payload}"))
            .to_owned()
    }

    /// A departure at 10 EUR, by its id.
    pub async fn departure(&self, excursion: &str, starts_at: DateTime<Utc>, capacity: i32) -> String {
        let input = json!({
            "excursionId": excursion,
            "startsAt": starts_at,
            "price": euros("10.00"),
            "capacity": capacity,
            "idempotencyKey": Uuid::new_v4(),
        });
        let payload = self.mutate("scheduleDeparture", input).await;
        payload["departure"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{payload}"))
            .to_owned()
    }

    /// A departure of some excursion tomorrow.
    pub async fn some_departure(&self, capacity: i32) -> String {
        let excursion = self
            .excursion("Крыши", "Санкт-Петербург", "Прогулка по крышам")
            .await;
        self.departure(&excursion, in_days(1), capacity).await
    }

    /// What everybody sees of a departure.
    pub async fn see(&self, departure: &str) -> Value {
        let document = "query ($id: ID!) { departure(id: $id) {
            id startsAt salesCloseAt price { amount currency } capacity seatsAvailable status } }";
        let mut data = self
            .ask(&Caller::Nobody, document, json!({ "id": departure }))
            .await;
        data["departure"].take()
    }

    /// The outcomes of a participant's command.
    pub async fn command(&self, name: &str, commands: Value) -> Vec<Value> {
        let mut data = self
            .ask(&orders(), command(name), json!({ "commands": commands }))
            .await;
        serde_json::from_value(data[name].take()).unwrap()
    }

    /// The status or, where it was rejected, the code of one command.
    pub async fn one(&self, name: &str, command: Value) -> String {
        let outcomes = self.command(name, json!([command])).await;
        assert_eq!(outcomes.len(), 1);
        verdict(&outcomes[0])
    }

    /// Everything in the database, as text.
    pub async fn contents(&self) -> String {
        self.rows(
            "SELECT row FROM (
                SELECT 1 AS nr, to_jsonb(t) - 'search' AS row FROM excursions t
                UNION ALL SELECT 2, to_jsonb(t) FROM departures t
                UNION ALL SELECT 3, to_jsonb(t) FROM reservations t
                UNION ALL SELECT 4, to_jsonb(t) FROM outbox t
            ) AS everything ORDER BY nr, row",
        )
        .await
        .iter()
        .map(Value::to_string)
        .collect()
    }

    /// What was published: type and payload, in order.
    pub async fn events(&self) -> Vec<(String, Value)> {
        let rows = self
            .rows("SELECT jsonb_build_array(type, payload) AS row FROM outbox ORDER BY position")
            .await;
        rows.into_iter()
            .map(|row| serde_json::from_value(row).unwrap())
            .collect()
    }

    /// The JSON column `row` of a statement.
    pub async fn rows(&self, statement: &str) -> Vec<Value> {
        let statement = format!("SELECT row::text FROM ({statement}) AS rows");
        let rows: Vec<Row> = sql_query(statement)
            .load(&mut *self.connection().await)
            .await
            .unwrap();
        rows.iter()
            .map(|row| serde_json::from_str(&row.row).unwrap())
            .collect()
    }

    pub async fn run(&self, statement: &str) {
        sql_query(statement)
            .execute(&mut *self.connection().await)
            .await
            .unwrap();
    }

    /// The invariant of the service holds.
    pub async fn audited(&self) {
        let violations = excursions::audit::audit(&mut *self.connection().await)
            .await
            .unwrap();
        assert_eq!(violations, []);
    }
}

/// The status or, where it was rejected, the code of an outcome.
pub fn verdict(outcome: &Value) -> String {
    let field = if outcome["status"] == "REJECTED" {
        "code"
    } else {
        "status"
    };
    assert_eq!(
        outcome["message"].is_string(),
        outcome["code"].is_string(),
        "{outcome}"
    );
    outcome[field]
        .as_str()
        .unwrap_or_else(|| panic!("{outcome}"))
        .to_owned()
}

/// Seats at 10 EUR for an order.
pub fn reserve(order: Uuid, departure: &str, seats: i32) -> Value {
    json!({ "orderId": order, "departureId": departure, "seats": seats, "unitPrice": euros("10.00") })
}

/// The release of an order's seats.
pub fn release(order: Uuid, departure: &str) -> Value {
    json!({ "orderId": order, "departureId": departure })
}

fn mutation(name: &str) -> &'static str {
    match name {
        "createExcursion" => {
            "mutation ($input: CreateExcursionInput!) { createExcursion(input: $input) { replayed
                excursion { id title description city meetingPoint durationMinutes createdAt }
                errors { code message path } } }"
        }
        "updateExcursion" => {
            "mutation ($input: UpdateExcursionInput!) { updateExcursion(input: $input) {
                excursion { id title description city meetingPoint durationMinutes }
                errors { code message path } } }"
        }
        "scheduleDeparture" => {
            "mutation ($input: ScheduleDepartureInput!) { scheduleDeparture(input: $input) { replayed
                departure { id excursion { title } startsAt salesCloseAt price { amount currency }
                    capacity seatsAvailable status }
                errors { code message path } } }"
        }
        "updateDeparture" => {
            "mutation ($input: UpdateDepartureInput!) { updateDeparture(input: $input) {
                departure { id salesCloseAt price { amount currency } capacity seatsAvailable status }
                errors { code message path } } }"
        }
        name => panic!("no mutation {name}"),
    }
}

fn command(name: &str) -> &'static str {
    match name {
        "quote" => {
            "mutation ($commands: [QuoteCommand!]!) { quote(commands: $commands) { orderId status
                unitPrice { amount currency } total { amount currency } startsAt excursionTitle code message } }"
        }
        "reserve" => {
            "mutation ($commands: [ReserveCommand!]!) { reserve(commands: $commands) {
                orderId status code message } }"
        }
        "release" => {
            "mutation ($commands: [ReleaseCommand!]!) { release(commands: $commands) {
                orderId status code message } }"
        }
        "closeDeparture" => {
            "mutation ($commands: [CloseDepartureCommand!]!) { closeDeparture(commands: $commands) {
                departureId status code message } }"
        }
        "finishCancellation" => {
            "mutation ($commands: [FinishCancellationCommand!]!) { finishCancellation(commands: $commands) {
                departureId status code message } }"
        }
        name => panic!("no command {name}"),
    }
}
