//! Undoing orders, and departures.

use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::participants::Fault;
use crate::support::{Service, customer, operator};

fn id(booked: &Value) -> String {
    booked["order"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn cancelled_order_gives_back_money_and_seats() {
    let service = Service::start().await;
    let (ann, key) = (customer(), Uuid::now_v7());
    let order = id(&service.book(&ann, 2, Uuid::now_v7()).await);
    let cancelled = service.cancel(&ann, &order, key).await;
    assert_eq!(
        (&cancelled["order"]["status"], &cancelled["replayed"]),
        (&json!("CANCELLED"), &json!(false))
    );
    assert!(
        cancelled["order"]["tickets"]
            .as_array()
            .unwrap()
            .iter()
            .all(|ticket| ticket["valid"] == false)
    );
    assert_eq!(service.participants.held(&order), (false, false));
    assert_eq!(service.events().await[2..], ["OrderCancelling", "OrderCancelled"]);

    let again = service.cancel(&ann, &order, key).await;
    assert_eq!(
        (&again["order"]["id"], &again["replayed"]),
        (&json!(order), &json!(true))
    );
    let with_another_key = service.cancel(&ann, &order, Uuid::now_v7()).await;
    assert_eq!(with_another_key["errors"][0]["code"], "CONFLICT");
    service.audit().await;
}

#[tokio::test]
async fn order_of_another_customer_is_not_there_and_operators_may() {
    let service = Service::start().await;
    let order = id(&service.book(&customer(), 2, Uuid::now_v7()).await);
    let by_bob = service.cancel(&customer(), &order, Uuid::now_v7()).await;
    assert_eq!(by_bob["errors"][0]["code"], "NOT_FOUND");
    assert_eq!(service.participants.held(&order), (true, true));
    let by_operator = service.cancel(&operator(), &order, Uuid::now_v7()).await;
    assert_eq!(by_operator["order"]["status"], "CANCELLED");
}

#[tokio::test]
async fn cancellation_of_an_order_never_turns_back() {
    let service = Service::start().await;
    let ann = customer();
    let order = id(&service.book(&ann, 2, Uuid::now_v7()).await);
    service
        .participants
        .fail("refund", &[Fault::Before, Fault::After, Fault::After]);
    service
        .participants
        .fail("release", &[Fault::After, Fault::Before]);
    service.cancel(&ann, &order, Uuid::now_v7()).await;
    service.wait_for_order(&order, "CANCELLED").await;
    assert_eq!(service.participants.held(&order), (false, false));
    service.audit().await;
}

#[tokio::test]
async fn same_cancellation_at_the_same_time_is_done_once() {
    let service = Service::start().await;
    let (ann, key) = (customer(), Uuid::now_v7());
    let order = id(&service.book(&ann, 2, Uuid::now_v7()).await);
    let cancelled = futures::future::join_all((0..10).map(|_| service.cancel(&ann, &order, key))).await;
    assert!(
        cancelled.iter().all(|cancelled| cancelled["errors"] == json!([])),
        "{cancelled:?}"
    );
    assert_eq!(
        cancelled
            .iter()
            .filter(|cancelled| cancelled["replayed"] == false)
            .count(),
        1
    );
    let events = service.events().await;
    assert_eq!(
        events.iter().filter(|event| *event == "OrderCancelling").count(),
        1
    );
}

#[tokio::test]
async fn cancelled_departure_undoes_every_order_and_counts_right() {
    let service = Service::start().await;
    let mut orders = Vec::new();
    for _ in 0..5 {
        orders.push(id(&service.book(&customer(), 2, Uuid::now_v7()).await));
    }
    // One of them is being undone already, one is rejected, one is still being booked.
    let ann = customer();
    let mine = id(&service.book(&ann, 2, Uuid::now_v7()).await);
    service
        .participants
        .fail("charge", &[Fault::Refuse("INSUFFICIENT_FUNDS")]);
    let rejected = service.book(&customer(), 2, Uuid::now_v7()).await;
    assert_eq!(rejected["order"]["status"], "REJECTED");
    service.participants.fail("reserve", &[Fault::Hold]);
    let bob = customer();
    let (booking, cancelling) = tokio::join!(service.book(&bob, 2, Uuid::now_v7()), async {
        service.wait_for_call_count("reserve", 7).await;
        service.cancel(&ann, &mine, Uuid::now_v7()).await;
        let cancelling = service.cancel_departure(&operator(), Uuid::now_v7()).await;
        service.participants.let_go();
        cancelling
    });
    let under_way = id(&booking);
    let cancellation = service
        .wait_for_cancellation(cancelling["cancellation"]["id"].as_str().unwrap())
        .await;
    for order in &orders {
        service.wait_for_order(order, "CANCELLED").await;
    }
    // The cancellation was there before the last step: refunded, not confirmed.
    let under_way_order = service.wait_for_order(&under_way, "REJECTED").await;
    assert_eq!(under_way_order["rejection"]["code"], "DEPARTURE_CANCELLED");
    for order in orders.iter().chain([&under_way]) {
        assert_eq!(service.participants.held(order), (false, false), "{order}");
    }
    assert_eq!(
        cancellation["ordersTotal"], 6,
        "five confirmed, one under way: {cancellation}"
    );
    assert_eq!(cancellation["ordersCancelled"], 6);
    assert_eq!(
        cancellation["refunded"],
        json!([{ "amount": "120.00", "currency": "EUR" }])
    );
    service.audit().await;
}

/// Makes the step that counts wait, once it has seen one order undone, for whoever holds the advisory lock 1.
const WAIT_AFTER_THE_FIRST: &str = "
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END';
CREATE TRIGGER wait BEFORE UPDATE ON cancellations FOR EACH ROW WHEN (NEW.orders_cancelled = 1) EXECUTE FUNCTION wait();
SELECT pg_advisory_lock(1)";

#[tokio::test]
async fn totals_are_right_when_the_last_order_comes_to_rest_while_they_are_counted() {
    let service = Service::start().await;
    let (ann, bob) = (customer(), customer());
    let of_ann = id(&service.book(&ann, 2, Uuid::now_v7()).await);
    let of_bob = id(&service.book(&bob, 2, Uuid::now_v7()).await);
    let mut connection = service.database.pool.get().await.unwrap();
    connection.batch_execute(WAIT_AFTER_THE_FIRST).await.unwrap();

    service.participants.fail("refund", &[Fault::Hold]);
    let (_of_ann, cancelling, ()) = tokio::join!(
        service.cancel(&ann, &of_ann, Uuid::now_v7()),
        async {
            service.wait_for_call("refund").await;
            service.cancel_departure(&operator(), Uuid::now_v7()).await
        },
        async {
            service.wait_for_order(&of_bob, "CANCELLED").await;
            service.wait_for_waiting_lock().await;
            service.participants.let_go();
            service.wait_for_order(&of_ann, "CANCELLED").await;
            let unlocked = connection.batch_execute("SELECT pg_advisory_unlock(1)").await;
            unlocked.unwrap();
        }
    );
    let cancellation = cancelling["cancellation"]["id"].as_str().unwrap();
    let cancellation = service.wait_for_cancellation(cancellation).await;
    let counts = (&cancellation["ordersTotal"], &cancellation["ordersCancelled"]);
    assert_eq!(counts, (&json!(2), &json!(2)));
    service.audit().await;
}

#[tokio::test]
async fn second_cancellation_of_a_departure_is_the_first() {
    let service = Service::start().await;
    let (kim, key) = (operator(), Uuid::now_v7());
    let first = service.cancel_departure(&kim, key).await;
    assert_eq!(first["replayed"], false);
    for (caller, key) in [(kim, key), (operator(), Uuid::now_v7())] {
        let again = service.cancel_departure(&caller, key).await;
        assert_eq!(
            (&again["cancellation"]["id"], &again["replayed"]),
            (&first["cancellation"]["id"], &json!(true))
        );
    }
}

#[tokio::test]
async fn cancellation_of_a_departure_goes_on_after_a_crash() {
    let mut service = Service::start().await;
    let mut orders = Vec::new();
    for _ in 0..4 {
        orders.push(id(&service.book(&customer(), 2, Uuid::now_v7()).await));
    }
    service.participants.fail("refund", &[Fault::Hold]);
    let kim = operator();
    {
        let cancelling = service.cancel_departure(&kim, Uuid::now_v7());
        tokio::pin!(cancelling);
        tokio::select! {
            answer = &mut cancelling => panic!("a held refund let it end: {answer}"),
            () = service.wait_for_call("refund") => {}
        }
    }
    service.kill_and_restart().await;
    service.participants.let_go();
    // A second request is answered with the one that was accepted before the crash.
    let again = service.cancel_departure(&kim, Uuid::now_v7()).await;
    assert_eq!(again["replayed"], true);
    service
        .wait_for_cancellation(again["cancellation"]["id"].as_str().unwrap())
        .await;
    for order in &orders {
        service.wait_for_order(order, "CANCELLED").await;
        assert_eq!(service.participants.held(order), (false, false));
    }
    service.audit().await;
}
