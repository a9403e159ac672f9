//! Who may subscribe to what, and what arrives.

use std::time::Duration;

use async_graphql::{Request, Response};
use futures::stream::{BoxStream, StreamExt};
use notifications::graphql::NotificationsSchema;
use serde_json::{Value, json};
use service::auth::Caller;
use service::graphql::mask;
use service::id::{DepartureId, UserId};
use tokio::time::timeout;
use uuid::Uuid;

use super::events::{Order, cancellation_progressed, departure_updated, email_of};
use super::harness::{LIMIT, Replica, consume, customer, data, database, operator, registered};

/// A cursor from before everything.
const START: &str = "ZgAAAAAAAAAA";

fn subscribe(schema: &NotificationsSchema, caller: Caller, query: &str) -> BoxStream<'static, Response> {
    schema.execute_stream(Request::new(query).data(caller)).boxed()
}

async fn next(stream: &mut BoxStream<'static, Response>) -> Value {
    let response = timeout(LIMIT, stream.next())
        .await
        .expect("something arrives in time");
    data(response.expect("the stream goes on"))
}

async fn refusal(schema: &NotificationsSchema, caller: Caller, query: &str) -> (String, String) {
    let mut stream = subscribe(schema, caller, query);
    let response = timeout(LIMIT, stream.next())
        .await
        .expect("an answer in time")
        .unwrap();
    assert_eq!(response.errors.len(), 1, "{response:?}");
    let error = serde_json::to_value(mask(response.errors.into_iter().next().unwrap())).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&error["extensions"]["code"]), text(&error["message"]))
}

#[tokio::test]
async fn customer_sees_mails_arrive_with_their_text() {
    let database = database().await;
    let replica = Replica::start(&database);
    let schema = &replica.schema;
    let user = registered(&database).await;
    let query = format!(
        "subscription {{ notificationReceived(after: \"{START}\") {{
            cursor notification {{ kind recipient subject order {{ id }} readAt }} }} }}"
    );
    let mut stream = subscribe(schema, customer(user), &query);
    assert_eq!(
        next(&mut stream).await["notificationReceived"]["notification"]["kind"],
        "WELCOME"
    );

    let order = Order::of(user);
    let others = Order::of(registered(&database).await);
    consume(&database, &[others.confirmed(), order.confirmed()])
        .await
        .unwrap();
    let received = next(&mut stream).await["notificationReceived"].clone();
    assert_eq!(
        received["notification"],
        json!({
            "kind": "ORDER_CONFIRMED", "recipient": email_of(user), "order": { "id": order.id.to_string() },
            "subject": "Your booking is confirmed: Old town by night", "readAt": null,
        })
    );
    assert!(received["cursor"].is_string());
}

#[tokio::test]
async fn customer_follows_own_orders_and_comes_back() {
    let database = database().await;
    let replica = Replica::start(&database);
    let schema = &replica.schema;
    let user = registered(&database).await;
    let order = Order::of(user);
    let others = Order::of(registered(&database).await);
    let query = |after: &str| {
        format!(
            "subscription {{ orderUpdated(after: \"{after}\") {{ cursor order {{ id }} status occurredAt }} }}"
        )
    };
    let mut stream = subscribe(schema, customer(user), &query(START));
    consume(&database, &[others.placed(), order.placed(), order.confirmed()])
        .await
        .unwrap();
    let placed = next(&mut stream).await["orderUpdated"].clone();
    assert_eq!(placed["order"]["id"], order.id.to_string());
    assert_eq!(placed["status"], "PENDING");
    assert_eq!(next(&mut stream).await["orderUpdated"]["status"], "CONFIRMED");
    drop(stream);

    consume(
        &database,
        &[order.cancelling(), others.confirmed(), order.cancelled()],
    )
    .await
    .unwrap();
    let mut again = subscribe(schema, customer(user), &query(placed["cursor"].as_str().unwrap()));
    for status in ["CONFIRMED", "CANCELLING", "CANCELLED"] {
        assert_eq!(next(&mut again).await["orderUpdated"]["status"], status);
    }
}

#[tokio::test]
async fn one_order_is_followed_by_its_customer_and_by_operators() {
    let database = database().await;
    let replica = Replica::start(&database);
    let schema = &replica.schema;
    let user = registered(&database).await;
    let (order, another) = (Order::of(user), Order::of(user));
    consume(&database, &[order.placed(), another.placed()])
        .await
        .unwrap();
    let query = format!(
        "subscription {{ orderUpdated(orderId: \"{}\", after: \"{START}\") {{ status }} }}",
        order.id
    );
    let mut own = subscribe(schema, customer(user), &query);
    let mut operators = subscribe(schema, operator(), &query);
    assert_eq!(next(&mut own).await["orderUpdated"]["status"], "PENDING");
    assert_eq!(next(&mut operators).await["orderUpdated"]["status"], "PENDING");
    let events = [another.confirmed(), order.rejected("SOLD_OUT", "no")];
    consume(&database, &events).await.unwrap();
    assert_eq!(next(&mut own).await["orderUpdated"]["status"], "REJECTED");
    assert_eq!(next(&mut operators).await["orderUpdated"]["status"], "REJECTED");
}

#[tokio::test]
async fn order_whose_news_is_still_on_its_way_is_waited_for() {
    let database = database().await;
    let replica = Replica::start(&database);
    let schema = &replica.schema;
    let order = Order::of(registered(&database).await);
    let query = format!(
        "subscription {{ orderUpdated(orderId: \"{}\") {{ status }} }}",
        order.id
    );
    let mut stream = subscribe(schema, customer(order.customer), &query);
    let answer = timeout(Duration::from_millis(300), stream.next()).await;
    assert!(answer.is_err(), "{answer:?}");
    consume(&database, &[order.placed()]).await.unwrap();
    assert_eq!(next(&mut stream).await["orderUpdated"]["status"], "PENDING");
}

#[tokio::test]
async fn order_of_somebody_else_is_like_one_that_does_not_exist() {
    let database = database().await;
    let replica = Replica::start(&database);
    let schema = &replica.schema;
    let order = Order::of(registered(&database).await);
    consume(&database, &[order.placed(), order.confirmed()])
        .await
        .unwrap();
    let stranger = registered(&database).await;
    let refused = |id: String| {
        let caller = customer(stranger);
        async move {
            let query = format!(
                "subscription {{ orderUpdated(orderId: \"{id}\", after: \"{START}\") {{ status }} }}"
            );
            refusal(schema, caller, &query).await
        }
    };
    let (foreign, unknown, malformed) = tokio::join!(
        refused(order.id.to_string()),
        refused(Uuid::now_v7().to_string()),
        refused("7".to_owned()),
    );
    let not_found = ("BAD_USER_INPUT".to_owned(), "orderId: not found".to_owned());
    assert_eq!([&foreign, &unknown, &malformed], [&not_found; 3]);
}

#[tokio::test]
async fn anybody_follows_a_departure() {
    let database = database().await;
    let replica = Replica::start(&database);
    let schema = &replica.schema;
    let departure = DepartureId::new();
    let query = format!(
        "subscription {{ departureUpdated(departureId: \"{departure}\", after: \"{START}\") {{
            departure {{ id }} status seatsAvailable }} }}"
    );
    let mut stream = subscribe(schema, Caller::Nobody, &query);
    consume(
        &database,
        &[
            departure_updated(departure, 9, 1),
            departure_updated(DepartureId::new(), 1, 1),
        ],
    )
    .await
    .unwrap();
    consume(&database, &[departure_updated(departure, 7, 2)])
        .await
        .unwrap();
    let first = next(&mut stream).await["departureUpdated"].clone();
    assert_eq!(
        first,
        json!({ "departure": { "id": departure.to_string() }, "status": "OPEN", "seatsAvailable": 9 })
    );
    assert_eq!(next(&mut stream).await["departureUpdated"]["seatsAvailable"], 7);
}

#[tokio::test]
async fn operators_follow_a_cancellation() {
    let database = database().await;
    let replica = Replica::start(&database);
    let schema = &replica.schema;
    let cancellation = Uuid::now_v7();
    let query = format!(
        "subscription {{ cancellationProgressed(cancellationId: \"{cancellation}\", after: \"{START}\") {{
            cancellationId ordersTotal ordersCancelled status }} }}"
    );
    let mut stream = subscribe(schema, operator(), &query);
    for cancelled in [0, 2, 3] {
        consume(&database, &[cancellation_progressed(cancellation, cancelled)])
            .await
            .unwrap();
    }
    for (cancelled, status) in [(0, "RUNNING"), (2, "RUNNING"), (3, "COMPLETED")] {
        let progress = next(&mut stream).await["cancellationProgressed"].clone();
        assert_eq!(
            progress,
            json!({
                "cancellationId": cancellation.to_string(), "ordersTotal": 3, "ordersCancelled": cancelled,
                "status": status,
            })
        );
    }
    let (code, _) = refusal(schema, customer(UserId::new()), &query).await;
    assert_eq!(code, "FORBIDDEN");
    let (code, _) = refusal(schema, Caller::Nobody, &query).await;
    assert_eq!(code, "UNAUTHENTICATED");
}

#[tokio::test]
async fn nobody_is_nobodys_customer() {
    let database = database().await;
    let replica = Replica::start(&database);
    let schema = &replica.schema;
    for query in [
        "subscription { notificationReceived { cursor } }",
        "subscription { orderUpdated { cursor } }",
    ] {
        let (code, _) = refusal(schema, Caller::Nobody, query).await;
        assert_eq!(code, "UNAUTHENTICATED", "{query}");
    }
}

#[tokio::test]
async fn wrong_arguments_are_told() {
    let database = database().await;
    let replica = Replica::start(&database);
    let schema = &replica.schema;
    let departure = DepartureId::new();
    let fields = |arguments: &str| format!("subscription {{ departureUpdated({arguments}) {{ cursor }} }}");
    let (code, message) = refusal(
        schema,
        Caller::Nobody,
        &fields(&format!("departureId: \"{departure}\", after: \"7\"")),
    )
    .await;
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("BAD_USER_INPUT", "after: not a cursor of a subscription")
    );
    let (code, message) = refusal(schema, Caller::Nobody, &fields("departureId: \"7\"")).await;
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("BAD_USER_INPUT", "departureId: not found")
    );
    let twice = format!(
        "subscription {{ a: departureUpdated(departureId: \"{departure}\") {{ cursor }}
            b: departureUpdated(departureId: \"{departure}\") {{ cursor }} }}"
    );
    let (code, message) = refusal(schema, Caller::Nobody, &twice).await;
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("BAD_USER_INPUT", "a subscription has exactly one root field")
    );
}
