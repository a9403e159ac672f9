//! Bookings through every fault at every step: they end confirmed or leave nothing, and nothing in between.

use serde_json::json;
use uuid::Uuid;

use crate::participants::Fault;
use crate::support::{Service, customer, operator};

const STEPS: [&str; 3] = ["quote", "charge", "reserve"];

#[tokio::test]
async fn answer_lost_at_any_step_changes_nothing() {
    for step in STEPS {
        let service = Service::start().await;
        service
            .participants
            .fail(step, &[Fault::After, Fault::Before, Fault::After]);
        let booked = service.book(&customer(), 2, Uuid::now_v7()).await;
        let order = booked["order"]["id"].as_str().unwrap();
        service.wait_for_order(order, "CONFIRMED").await;
        assert_eq!(service.participants.held(order), (true, true), "{step}");
        service.audit().await;
    }
}

#[tokio::test]
async fn crash_in_the_middle_of_any_step_is_gone_on_from() {
    for step in STEPS {
        let mut service = Service::start().await;
        let before = service.participants.calls().len();
        service.participants.fail(step, &[Fault::Hold]);
        let (ann, key) = (customer(), Uuid::now_v7());
        {
            let booking = service.book(&ann, 2, key);
            tokio::pin!(booking);
            tokio::select! {
                answer = &mut booking => panic!("a held {step} let it end: {answer}"),
                () = service.wait_for_new_call(step, before) => {}
            }
        }
        service.kill_and_restart().await;
        // The held call of the dead process comes through after the crash: late, and once more.
        service.participants.let_go();
        let again = service.book(&ann, 2, key).await;
        assert_eq!(again["replayed"], true, "{step}: {again}");
        let order = again["order"]["id"].as_str().unwrap();
        service.wait_for_order(order, "CONFIRMED").await;
        assert_eq!(service.participants.held(order), (true, true), "{step}");
        service.audit().await;
    }
}

#[tokio::test]
async fn compensations_that_fail_are_made_again() {
    let service = Service::start().await;
    service.participants.fail("reserve", &[Fault::Refuse("SOLD_OUT")]);
    service
        .participants
        .fail("refund", &[Fault::Before, Fault::After]);
    let booked = service.book(&customer(), 2, Uuid::now_v7()).await;
    let order = booked["order"]["id"].as_str().unwrap();
    let rejected = service.wait_for_order(order, "REJECTED").await;
    assert_eq!(rejected["rejection"]["code"], "SOLD_OUT");
    assert_eq!(service.participants.held(order), (false, false));
    service.audit().await;
}

#[tokio::test]
async fn client_that_goes_away_does_not_stop_its_booking() {
    let service = Service::start().await;
    service.participants.fail("charge", &[Fault::Hold]);
    let (ann, key) = (customer(), Uuid::now_v7());
    {
        let booking = service.book(&ann, 2, key);
        tokio::pin!(booking);
        tokio::select! {
            answer = &mut booking => panic!("a held charge let it end: {answer}"),
            () = service.wait_for_call("charge") => {}
        }
    }
    service.participants.let_go();
    let again = service.book(&ann, 2, key).await;
    assert_eq!(
        (&again["replayed"], &again["order"]["status"]),
        (&json!(true), &json!("CONFIRMED"))
    );
    service.audit().await;
}

#[tokio::test]
async fn repeated_requests_are_answered_without_asking_whether_the_departure_exists() {
    let mut service = Service::start().await;
    let (ann, operator, key) = (customer(), operator(), Uuid::now_v7());
    let booked = service.book(&ann, 2, key).await;
    let begun = service.cancel_departure(&operator, key).await;
    // The process that comes back knows no departure, and excursions is away.
    service.kill_and_restart().await;
    service.participants.fail("_entities", &[Fault::Before; 3]);
    let again = service.book(&ann, 2, key).await;
    assert_eq!(
        (&again["replayed"], &again["order"]["id"]),
        (&json!(true), &booked["order"]["id"])
    );
    for key in [key, Uuid::now_v7()] {
        let again = service.cancel_departure(&operator, key).await;
        assert_eq!(
            again["cancellation"]["id"], begun["cancellation"]["id"],
            "{again}"
        );
    }
    let fresh = service.book(&ann, 2, Uuid::now_v7()).await;
    assert!(fresh.is_null(), "a new one needs excursions: {fresh}");
}
