use billing::events::AccountOpener;
use diesel_async::AsyncConnection;
use futures::future::join;
use serde_json::{Value, json};
use service::events::{ConsumeError, Consumer, Event, Topic};
use service::id::UserId;

use super::harness::{Billing, EUR, customer};

fn event(event_type: &str, user: UserId, payload: &Value) -> Event {
    Event::arrived(Topic::Users, event_type, user.uuid(), payload)
}

fn registered(user: UserId) -> Event {
    let payload = json!({
        "userId": user,
        "email": "ada@example.org",
        "name": "Ada",
        "role": "CUSTOMER",
        "registeredAt": "2026-11-22T10:00:00Z",
    });
    event("UserRegistered", user, &payload)
}

async fn consume(billing: &Billing, events: &[Event]) -> Result<(), ConsumeError> {
    let mut connection = billing.database.pool.get().await.unwrap();
    let opener = AccountOpener::new(EUR);
    connection
        .transaction(async |connection| opener.consume(connection, events).await)
        .await
}

#[tokio::test]
async fn who_registers_has_an_account() {
    let billing = Billing::start().await;
    let (ada, bob, carol) = (UserId::new(), UserId::new(), UserId::new());
    let role_changed = event(
        "UserRoleChanged",
        carol,
        &json!({ "userId": carol, "role": "OPERATOR" }),
    );
    let unknown = event("UserRenamed", carol, &json!({ "name": "Caroline" }));
    let events = [
        registered(ada),
        role_changed,
        unknown,
        registered(bob),
        registered(ada),
    ];
    consume(&billing, &events).await.unwrap();
    for user in [ada, bob] {
        assert_eq!(billing.balance(user).await, "0.00");
    }
    assert_eq!(billing.account(customer(carol), carol, "id").await, Value::Null);
    assert_eq!(billing.audit().await, []);
}

#[tokio::test]
async fn event_that_comes_again_leaves_the_account_alone() {
    let billing = Billing::start().await;
    let ada = billing.customer_with("5").await;
    let account = billing.account(customer(ada), ada, "id").await;
    consume(&billing, &[registered(ada)]).await.unwrap();
    assert_eq!(billing.account(customer(ada), ada, "id").await, account);
    assert_eq!(billing.balance(ada).await, "5.00");
}

#[tokio::test]
async fn event_and_first_deposit_open_one_account() {
    let billing = Billing::start().await;
    for _ in 0..20 {
        let ada = UserId::new();
        let events = [registered(ada)];
        let (consumed, ()) = join(consume(&billing, &events), billing.deposit(ada, "5")).await;
        consumed.unwrap();
        assert_eq!(billing.balance(ada).await, "5.00");
    }
}

#[tokio::test]
async fn malformed_event_is_told_as_such() {
    let billing = Billing::start().await;
    let malformed = event("UserRegistered", UserId::new(), &json!({ "userId": "Ada" }));
    let result = consume(&billing, &[malformed]).await;
    assert!(matches!(result, Err(ConsumeError::Malformed(_))), "{result:?}");
}
