//! Bookings, with participants that do what they should.

use serde_json::json;
use uuid::Uuid;

use crate::participants::Fault;
use crate::support::{ORDER, Service, customer, operator};

#[tokio::test]
async fn booking_is_confirmed_with_a_ticket_a_seat() {
    let service = Service::start().await;
    let booked = service.book(&customer(), 2, Uuid::now_v7()).await;
    let order = &booked["order"];
    assert_eq!(
        (&order["status"], &booked["errors"]),
        (&json!("CONFIRMED"), &json!([])),
        "{booked}"
    );
    assert_eq!(order["total"], json!({ "amount": "20.00", "currency": "EUR" }));
    assert_eq!(order["tickets"].as_array().unwrap().len(), 2);
    let steps: Vec<&str> = order["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        steps,
        [
            "STARTED",
            "STEP_SUCCEEDED",
            "STEP_SUCCEEDED",
            "STEP_SUCCEEDED",
            "STEP_SUCCEEDED",
            "COMPLETED"
        ]
    );
    assert_eq!(
        service.participants.held(order["id"].as_str().unwrap()),
        (true, true)
    );
    assert_eq!(service.events().await, ["OrderPlaced", "OrderConfirmed"]);
    service.audit().await;
}

#[tokio::test]
async fn same_key_is_the_same_order() {
    let service = Service::start().await;
    let (ann, key) = (customer(), Uuid::now_v7());
    let first = service.book(&ann, 2, key).await;
    let again = service.book(&ann, 2, key).await;
    assert_eq!(
        (&again["order"]["id"], &again["replayed"]),
        (&first["order"]["id"], &json!(true))
    );
    let other = service.book(&ann, 3, key).await;
    assert_eq!(other["errors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(other["order"], json!(null));
    // The key is the customer's own.
    let of_bob = service.book(&customer(), 3, key).await;
    assert_eq!(
        (&of_bob["order"]["status"], &of_bob["replayed"]),
        (&json!("CONFIRMED"), &json!(false))
    );
    service.audit().await;
}

#[tokio::test]
async fn same_key_at_the_same_time_makes_one_order() {
    let service = Service::start().await;
    let (ann, key) = (customer(), Uuid::now_v7());
    let booked = futures::future::join_all((0..20).map(|_| service.book(&ann, 2, key))).await;
    let first = &booked[0]["order"]["id"];
    assert!(
        booked.iter().all(|booked| booked["order"]["id"] == *first),
        "{booked:?}"
    );
    assert!(
        booked
            .iter()
            .all(|booked| booked["order"]["status"] == "CONFIRMED")
    );
    assert_eq!(
        booked.iter().filter(|booked| booked["replayed"] == false).count(),
        1
    );
    assert_eq!(service.participants.books.lock().unwrap().charges.len(), 1);
    service.audit().await;
}

#[tokio::test]
async fn refusals_leave_nothing_and_say_why() {
    for (step, code) in [
        ("quote", "SALES_CLOSED"),
        ("charge", "INSUFFICIENT_FUNDS"),
        ("reserve", "SOLD_OUT"),
        ("reserve", "PRICE_CHANGED"),
        ("reserve", "DEPARTURE_CANCELLED"),
    ] {
        let service = Service::start().await;
        service.participants.fail(step, &[Fault::Refuse(code)]);
        let booked = service.book(&customer(), 2, Uuid::now_v7()).await;
        let order = &booked["order"];
        assert_eq!(
            (&order["status"], &booked["errors"]),
            (&json!("REJECTED"), &json!([])),
            "{step}: {booked}"
        );
        assert_eq!(order["rejection"]["code"], code);
        assert_eq!(order["tickets"], json!([]));
        assert_eq!(
            service.participants.held(order["id"].as_str().unwrap()),
            (false, false),
            "{step}"
        );
        assert_eq!(service.events().await.last().unwrap(), "OrderRejected");
        service.audit().await;
    }
}

#[tokio::test]
async fn sold_out_after_the_charge_shows_charge_and_refund() {
    let service = Service::start().await;
    service.participants.fail("reserve", &[Fault::Refuse("SOLD_OUT")]);
    let booked = service.book(&customer(), 2, Uuid::now_v7()).await;
    let words: Vec<&str> = booked["order"]["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["message"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(
        words,
        [
            "the order was placed",
            "the price was quoted",
            "the price was charged",
            "refused: refused: SOLD_OUT",
            "it was made sure that no seats are held",
            "the price was refunded",
            "everything was undone"
        ]
    );
}

#[tokio::test]
async fn order_is_seen_by_its_customer_and_operators_only() {
    let service = Service::start().await;
    let ann = customer();
    let booked = service.book(&ann, 2, Uuid::now_v7()).await;
    let id = json!({ "id": booked["order"]["id"] });
    for (caller, visible) in [(ann, true), (operator(), true), (customer(), false)] {
        let answer = service.ask(caller, ORDER, id.clone()).await;
        assert_eq!(!answer["data"]["order"].is_null(), visible, "{answer}");
    }
}
