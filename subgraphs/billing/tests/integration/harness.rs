//! A billing service of a test's own.

use async_graphql::{Request, Response, Variables};
use billing::BillingSettings;
use billing::graphql::{BillingSchema, schema};
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};
use service::ServiceName;
use service::audit::Violation;
use service::auth::{Caller, Principal, Role};
use service::graphql::{Limits, mask};
use service::id::UserId;
use service::money::Currency;
use service::testing::TestDatabase;
use uuid::Uuid;

pub const EUR: BillingSettings = BillingSettings {
    currency: Currency::EUR,
};

/// A charge: order, customer, euros.
pub type Charge<'a> = (Uuid, UserId, &'a str);

pub struct Billing {
    pub database: TestDatabase,
    schema: BillingSchema,
}

pub fn customer(id: UserId) -> Caller {
    user(id, Role::Customer)
}

pub fn operator() -> Caller {
    user(UserId::new(), Role::Operator)
}

fn user(id: UserId, role: Role) -> Caller {
    Caller::User(Principal {
        id,
        role,
        expires_at: i64::MAX,
    })
}

pub fn orders_service() -> Caller {
    Caller::Service("orders".to_owned())
}

impl Billing {
    pub async fn start() -> Self {
        let database = TestDatabase::new(ServiceName::Billing, billing::migrations).await;
        let schema = schema(database.pool.clone(), EUR, Limits::default());
        Self { database, schema }
    }

    /// Data and errors, as the endpoint would send them.
    pub async fn ask(&self, caller: Caller, query: &str, variables: Value) -> Response {
        let request = Request::new(query)
            .variables(Variables::from_json(variables))
            .data(caller);
        let mut response = self.schema.execute(request).await;
        response.errors = response.errors.into_iter().map(mask).collect();
        response
    }

    /// The data of a request that succeeds.
    pub async fn run(&self, caller: Caller, query: &str, variables: Value) -> Value {
        let response = self.ask(caller, query, variables).await;
        assert_eq!(response.errors, []);
        response.data.into_json().unwrap()
    }

    /// The code of the one error of a request that fails.
    pub async fn refusal(&self, caller: Caller, query: &str, variables: Value) -> String {
        let response = self.ask(caller, query, variables).await;
        assert_eq!(response.errors.len(), 1, "{:?}", response.errors);
        let extensions = serde_json::to_value(&response.errors[0].extensions).unwrap();
        extensions["code"].as_str().unwrap().to_owned()
    }

    pub async fn deposit_with_key(&self, owner: UserId, money: Value, key: Uuid) -> Value {
        let query = "mutation($amount: MoneyInput!, $key: UUID!) {
            deposit(input: { amount: $amount, idempotencyKey: $key }) {
                account { id balance { amount currency } }
                entry { id kind amount { amount } balanceAfter { amount } order { id } }
                replayed
                errors { code message path }
            }
        }";
        let variables = json!({ "amount": money, "key": key });
        self.run(customer(owner), query, variables).await["deposit"].take()
    }

    /// A deposit that succeeds.
    pub async fn deposit(&self, owner: UserId, euros: &str) {
        let money = json!({ "amount": euros, "currency": "EUR" });
        let payload = self.deposit_with_key(owner, money, Uuid::new_v4()).await;
        assert_eq!(payload["errors"], json!([]));
    }

    /// A new customer with so much on the account.
    pub async fn customer_with(&self, euros: &str) -> UserId {
        let owner = UserId::new();
        self.deposit(owner, euros).await;
        owner
    }

    pub async fn charge(&self, charges: &[Charge<'_>]) -> Vec<Value> {
        let command = |&(order, customer, euros): &Charge<'_>| {
            json!({
                "orderId": order,
                "customerId": customer,
                "amount": { "amount": euros, "currency": "EUR" },
            })
        };
        self.charge_commands(charges.iter().map(command).collect()).await
    }

    pub async fn charge_commands(&self, commands: Vec<Value>) -> Vec<Value> {
        let query = "mutation($commands: [ChargeCommand!]!) {
            charge(commands: $commands) { orderId status charged { amount currency } code message }
        }";
        let mut data = self
            .run(orders_service(), query, json!({ "commands": commands }))
            .await;
        outcomes(data["charge"].take())
    }

    pub async fn refund(&self, orders: &[Uuid]) -> Vec<Value> {
        let query = "mutation($commands: [RefundCommand!]!) {
            refund(commands: $commands) { orderId status refunded { amount currency } code message }
        }";
        let commands: Vec<Value> = orders.iter().map(|order| json!({ "orderId": order })).collect();
        let mut data = self
            .run(orders_service(), query, json!({ "commands": commands }))
            .await;
        outcomes(data["refund"].take())
    }

    /// What is on a customer's account, as the owner sees it.
    pub async fn balance(&self, owner: UserId) -> String {
        let data = self.account(customer(owner), owner, "balance { amount }").await;
        data["balance"]["amount"].as_str().unwrap().to_owned()
    }

    /// Fields of a user's account, as a router would ask for them.
    pub async fn account(&self, caller: Caller, owner: UserId, fields: &str) -> Value {
        let query = format!(
            "query($users: [_Any!]!) {{ _entities(representations: $users) {{ ... on User {{ account {{ {fields} }} }} }} }}"
        );
        let variables = json!({ "users": [{ "__typename": "User", "id": owner }] });
        self.run(caller, &query, variables).await["_entities"][0]["account"].take()
    }

    /// Runs statements behind the service's back.
    pub async fn sql(&self, statements: &str) -> Result<(), diesel::result::Error> {
        let mut connection = self.database.pool.get().await.unwrap();
        connection.batch_execute(statements).await
    }

    pub async fn audit(&self) -> Vec<Violation> {
        let mut connection = self.database.pool.get().await.unwrap();
        billing::audit::audit(&mut connection).await.unwrap()
    }

    pub async fn payments(&self) -> Vec<billing::audit::Payment> {
        let mut connection = self.database.pool.get().await.unwrap();
        billing::audit::payments(&mut connection, &service::audit::all_buckets())
            .await
            .unwrap()
    }
}

fn outcomes(data: Value) -> Vec<Value> {
    match data {
        Value::Array(outcomes) => outcomes,
        other => panic!("not a list of outcomes: {other}"),
    }
}
