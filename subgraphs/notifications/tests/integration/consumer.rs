//! What events bring about: mails, and nothing twice.

use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::RunQueryDsl;
use notifications::model::notification::Kind;
use serde_json::{Value, json};
use service::events::{ConsumeError, Event, Topic};
use service::id::{DepartureId, OrderId, UserId};
use service::testing::TestDatabase;
use uuid::Uuid;

use super::events::{Order, departure_updated, email_of, user_registered};
use super::harness::{consume, database, registered};

#[derive(Debug, QueryableByName)]
struct Mail {
    #[diesel(sql_type = sql_types::Text)]
    kind: Kind,
    #[diesel(sql_type = sql_types::Text)]
    recipient: String,
    #[diesel(sql_type = sql_types::Text)]
    subject: String,
    #[diesel(sql_type = sql_types::Text)]
    body: String,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Uuid>)]
    order_id: Option<OrderId>,
}

async fn mails(database: &TestDatabase) -> Vec<Mail> {
    diesel::sql_query("SELECT * FROM notifications ORDER BY id")
        .load(&mut database.pool.get().await.unwrap())
        .await
        .unwrap()
}

async fn kinds(database: &TestDatabase) -> Vec<Kind> {
    mails(database).await.into_iter().map(|mail| mail.kind).collect()
}

#[derive(QueryableByName)]
struct Json {
    #[diesel(sql_type = sql_types::Jsonb)]
    json: Value,
}

async fn rows(database: &TestDatabase, query: &str) -> Vec<Value> {
    let rows: Vec<Json> = diesel::sql_query(query)
        .load(&mut database.pool.get().await.unwrap())
        .await
        .unwrap();
    rows.into_iter().map(|row| row.json).collect()
}

async fn entries(database: &TestDatabase) -> Vec<Value> {
    let query = "SELECT jsonb_build_object('kind', kind, 'subject', subject_id) || payload AS json
        FROM feed_entries ORDER BY position";
    rows(database, query).await
}

async fn published(database: &TestDatabase) -> Vec<Value> {
    rows(
        database,
        "SELECT payload::jsonb AS json FROM outbox ORDER BY position",
    )
    .await
}

#[tokio::test]
async fn whoever_registers_is_welcomed_once() {
    let database = database().await;
    let user = UserId::new();
    // The same news under two event ids, as a second delivery from elsewhere would be.
    consume(&database, &[user_registered(user), user_registered(user)])
        .await
        .unwrap();
    consume(&database, &[user_registered(user)]).await.unwrap();
    let mails = mails(&database).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0].kind, Kind::Welcome);
    assert_eq!(mails[0].recipient, email_of(user));
    assert_eq!(mails[0].order_id, None);
    assert_eq!(entries(&database).await.len(), 1);
    assert_eq!(published(&database).await.len(), 1);
}

#[tokio::test]
async fn confirmation_holds_the_tickets_and_is_published() {
    let database = database().await;
    let order = Order::of(registered(&database).await);
    consume(&database, &[order.placed(), order.confirmed()])
        .await
        .unwrap();
    let mails = mails(&database).await;
    let mail = &mails[1];
    assert_eq!((mail.kind, mail.order_id), (Kind::OrderConfirmed, Some(order.id)));
    assert_eq!(mail.recipient, email_of(order.customer));
    assert_eq!(mail.subject, "Your booking is confirmed: Old town by night");
    for part in ["AAAA-1111", "BBBB-2222", "1 May 2027 at 18:30 UTC", "25.00 EUR"] {
        assert!(mail.body.contains(part), "{part} is not in {}", mail.body);
    }
    let published = published(&database).await;
    assert_eq!(published.len(), 2);
    assert_eq!(published[1]["kind"], "ORDER_CONFIRMED");
    assert_eq!(published[1]["orderId"], order.id.to_string());
    assert_eq!(published[1]["userId"], order.customer.to_string());
}

#[tokio::test]
async fn one_mail_an_order_and_kind_however_often_it_is_told() {
    let database = database().await;
    let order = Order::of(registered(&database).await);
    for _ in 0..3 {
        consume(&database, &[order.confirmed(), order.confirmed()])
            .await
            .unwrap();
        consume(&database, &[order.cancelled()]).await.unwrap();
    }
    assert_eq!(
        kinds(&database).await,
        [Kind::Welcome, Kind::OrderConfirmed, Kind::OrderCancelled]
    );
    assert_eq!(published(&database).await.len(), 3);
}

#[tokio::test]
async fn concurrent_deliveries_send_one_mail() {
    let database = database().await;
    let order = Order::of(registered(&database).await);
    let deliveries = (0..8).map(|_| async { consume(&database, &[order.confirmed()]).await.unwrap() });
    futures::future::join_all(deliveries).await;
    assert_eq!(kinds(&database).await, [Kind::Welcome, Kind::OrderConfirmed]);
}

#[tokio::test]
async fn mails_name_the_departure_where_it_is_known() {
    let database = database().await;
    let customer = registered(&database).await;
    let order = Order::of(customer);
    consume(&database, &[order.rejected("SOLD_OUT", "sold out")])
        .await
        .unwrap();
    consume(&database, &[departure_updated(order.departure, 3, 1)])
        .await
        .unwrap();
    consume(&database, &[order.cancelled()]).await.unwrap();
    let mails = mails(&database).await;
    assert_eq!(mails[1].kind, Kind::OrderRejected);
    assert!(
        mails[1]
            .body
            .contains("we could not book 2 seats for you: there are not enough seats left."),
        "{}",
        mails[1].body
    );
    assert_eq!(mails[2].subject, "Cancelled: Old town by night");
    assert!(
        mails[2].body.contains("25.00 EUR back") && mails[2].body.contains("Rain."),
        "{}",
        mails[2].body
    );
}

#[tokio::test]
async fn order_of_a_user_not_known_yet_waits_and_leaves_nothing() {
    let database = database().await;
    let (known, unknown) = (registered(&database).await, UserId::new());
    let early = Order::of(unknown);
    let batch = [Order::of(known).confirmed(), early.placed(), early.confirmed()];
    let refused = consume(&database, &batch).await;
    assert!(matches!(refused, Err(ConsumeError::TooEarly(_))), "{refused:?}");
    assert_eq!(kinds(&database).await, [Kind::Welcome]);
    assert_eq!(entries(&database).await.len(), 1);

    consume(&database, &[user_registered(unknown)]).await.unwrap();
    consume(&database, &batch).await.unwrap();
    assert_eq!(kinds(&database).await.len(), 4);
}

#[tokio::test]
async fn registration_and_order_may_come_in_one_batch_in_any_order() {
    let database = database().await;
    let user = UserId::new();
    consume(&database, &[Order::of(user).confirmed(), user_registered(user)])
        .await
        .unwrap();
    let mut kinds = kinds(&database).await;
    kinds.sort_by_key(|kind| *kind == Kind::Welcome);
    assert_eq!(kinds, [Kind::OrderConfirmed, Kind::Welcome]);
}

#[tokio::test]
async fn feed_tells_what_happened_to_an_order_in_order() {
    let database = database().await;
    let order = Order::of(registered(&database).await);
    let events = [
        order.placed(),
        order.confirmed(),
        order.cancelling(),
        order.cancelled(),
    ];
    consume(&database, &events).await.unwrap();
    let told: Vec<Value> = entries(&database)
        .await
        .into_iter()
        .skip(1)
        .map(|entry| {
            if entry["kind"] == "ORDER" {
                entry["status"].clone()
            } else {
                json!("mail")
            }
        })
        .collect();
    assert_eq!(
        told,
        ["PENDING", "CONFIRMED", "mail", "CANCELLING", "CANCELLED", "mail"]
    );
}

#[tokio::test]
async fn older_news_of_a_departure_is_dropped() {
    let database = database().await;
    let departure = DepartureId::new();
    let batches: [&[i64]; 3] = [&[1, 3], &[2], &[3, 5, 4, 6]];
    for revisions in batches {
        let events: Vec<Event> = revisions
            .iter()
            .map(|revision| departure_updated(departure, i32::try_from(*revision).unwrap(), *revision))
            .collect();
        consume(&database, &events).await.unwrap();
    }
    let seats: Vec<Value> = entries(&database)
        .await
        .into_iter()
        .map(|entry| entry["seatsAvailable"].clone())
        .collect();
    assert_eq!(seats, [1, 3, 5, 6]);
}

#[tokio::test]
async fn other_events_are_passed_over_and_malformed_ones_refused() {
    let database = database().await;
    let other = Event::arrived(
        Topic::Users,
        "UserRoleChanged",
        Uuid::now_v7(),
        &json!({ "role": "ADMIN" }),
    );
    consume(&database, &[other]).await.unwrap();
    let malformed = Event::arrived(
        Topic::Orders,
        "OrderConfirmed",
        Uuid::now_v7(),
        &json!({ "seats": "two" }),
    );
    let refused = consume(&database, &[malformed]).await;
    assert!(matches!(refused, Err(ConsumeError::Malformed(_))), "{refused:?}");
}
