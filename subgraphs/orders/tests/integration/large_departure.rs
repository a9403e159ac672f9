//! A departure with ten thousand orders: cancelled within bounds, in view, through a crash, while customers still book.

use std::collections::HashSet;
use std::time::Duration;

use diesel::sql_types::{Array, BigInt, Integer, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use orders::sagas::cancel_departure::MOST_AT_ONCE;
use uuid::Uuid;

use crate::participants::Held;
use crate::support::{Service, customer, operator};

const ORDERS: usize = 10_000;
const BOOKINGS: u64 = 30;

const CONFIRMED: &str = "
WITH booked AS (
    INSERT INTO orders (id, customer_id, departure_id, seats, status, total_minor, currency, starts_at, idempotency_key)
    SELECT id, gen_random_uuid(), $1, 1, 'CONFIRMED', 2000, 'EUR', '2099-06-01T10:00:00Z', id FROM unnest($2) AS new (id)
    RETURNING id)
INSERT INTO tickets (id, order_id, code) SELECT gen_random_uuid(), id, id::text FROM booked";

/// Orders that were booked before, at the participants too.
async fn book_many(service: &Service) -> Vec<Uuid> {
    let orders: Vec<Uuid> = (0..ORDERS).map(|_| Uuid::now_v7()).collect();
    sql_query(CONFIRMED)
        .bind::<SqlUuid, _>(service.departure.uuid())
        .bind::<Array<SqlUuid>, _>(&orders)
        .execute(&mut service.database.pool.get().await.unwrap())
        .await
        .unwrap();
    let mut books = service.participants.books.lock().unwrap();
    for order in &orders {
        books.charges.insert(order.to_string(), Held::Yes);
        books.reservations.insert(order.to_string(), Held::Yes);
    }
    orders
}

#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
struct Progress {
    #[diesel(sql_type = Integer)]
    total: i32,
    #[diesel(sql_type = Integer)]
    cancelled: i32,
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Text)]
    status: String,
}

/// What subscribers hear, in the order in which they hear it.
async fn progress(service: &Service) -> Vec<Progress> {
    sql_query(
        "SELECT (payload->>'ordersTotal')::integer AS total, (payload->>'ordersCancelled')::integer AS cancelled,
                (payload->>'revision')::bigint AS revision, payload->>'status' AS status
         FROM outbox WHERE type = 'CancellationProgressed' ORDER BY position",
    )
    .load(&mut service.database.pool.get().await.unwrap())
    .await
    .unwrap()
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Waits until so many orders are undone; the most that were being undone at any look.
async fn wait_for_undone(service: &Service, least: i64) -> i64 {
    let mut connection = service.database.pool.get().await.unwrap();
    let mut count = async |status: &str| {
        let query = format!("SELECT count(*) AS count FROM orders WHERE status = '{status}'");
        let row: Count = sql_query(query).get_result(&mut connection).await.unwrap();
        row.count
    };
    let mut most = 0;
    let waiting = async {
        loop {
            most = most.max(count("CANCELLING").await);
            if count("CANCELLED").await >= least {
                return most;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(300), waiting)
        .await
        .expect("orders are undone")
}

/// Customers book before, while, and after the departure is cancelled.
async fn book_while_it_goes(service: &Service) {
    futures::future::join_all((0..BOOKINGS).map(async |number| {
        tokio::time::sleep(Duration::from_millis(10 * number)).await;
        service.book(&customer(), 1, Uuid::now_v7()).await;
    }))
    .await;
}

/// The orders that were booked so.
async fn raced(service: &Service, others: &[Uuid]) -> Vec<Uuid> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let rows: Vec<Row> = sql_query("SELECT id FROM orders WHERE id <> ALL ($1)")
        .bind::<Array<SqlUuid>, _>(others)
        .load(&mut service.database.pool.get().await.unwrap())
        .await
        .unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_orders_are_undone_in_view_and_through_a_crash() {
    let mut service = Service::start().await;
    let orders = book_many(&service).await;
    let kim = operator();
    let most = {
        let cancelling = async {
            let (_, cancelling) = tokio::join!(
                book_while_it_goes(&service),
                service.cancel_departure(&kim, Uuid::now_v7())
            );
            assert_eq!(cancelling["replayed"], false);
            std::future::pending::<()>().await
        };
        tokio::select! {
            most = wait_for_undone(&service, 1_000) => most,
            () = cancelling => unreachable!(),
        }
    };
    service.kill_and_restart().await;
    let undone_before = progress(&service).await.last().unwrap().cancelled;
    assert!(undone_before < ORDERS as i32, "the crash came in the middle");
    let again = service.cancel_departure(&operator(), Uuid::now_v7()).await;
    assert_eq!(again["replayed"], true);
    let most = most.max(wait_for_undone(&service, ORDERS as i64).await);
    assert!(most <= MOST_AT_ONCE, "{most} were undone at the same time");

    let id = again["cancellation"]["id"].as_str().unwrap();
    let cancellation = service.wait_for_cancellation(id).await;
    assert_eq!(cancellation["ordersTotal"], cancellation["ordersCancelled"]);
    assert!(cancellation["ordersTotal"].as_i64().unwrap() >= ORDERS as i64);

    let raced = raced(&service, &orders).await;
    assert!(!raced.is_empty());
    for order in raced.iter().map(Uuid::to_string) {
        let ended = service.wait_for_rest(&order).await;
        assert!(["REJECTED", "CANCELLED"].contains(&ended.as_str()), "{ended}");
        assert_eq!(service.participants.held(&order), (false, false));
    }
    assert!(
        orders
            .iter()
            .all(|order| service.participants.held(&order.to_string()) == (false, false))
    );
    let heard = progress(&service).await;
    assert!(heard.len() > 5, "progress is shown while it goes on: {heard:?}");
    assert!(heard.is_sorted_by_key(|progress| (progress.cancelled, progress.revision)));
    let revisions: HashSet<i64> = heard.iter().map(|progress| progress.revision).collect();
    assert_eq!(revisions.len(), heard.len());
    assert!(
        heard[..heard.len() - 1]
            .iter()
            .all(|progress| progress.status == "RUNNING")
    );
    assert_eq!(heard.last().unwrap().status, "COMPLETED");
    service.audit().await;
}
