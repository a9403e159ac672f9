//! Bad input gets its typed error, and changes nothing.

use serde_json::{Value, json};
use service::auth::Caller;
use service::id::{DepartureId, OrderId};
use uuid::Uuid;

use crate::support::{Service, customer, operator};

const BOOK: &str = "mutation ($input: BookExcursionInput!) { payload: bookExcursion(input: $input) { errors { code path } } }";
const CANCEL: &str =
    "mutation ($input: CancelOrderInput!) { payload: cancelOrder(input: $input) { errors { code path } } }";
const CANCEL_DEPARTURE: &str = "mutation ($input: CancelDepartureInput!) {
    payload: cancelDeparture(input: $input) { errors { code path } } }";
const RETRY: &str =
    "mutation ($input: SagaActionInput!) { payload: retrySagas(input: $input) { errors { code path } } }";

#[tokio::test]
async fn bad_input_gets_its_typed_error_and_changes_nothing() {
    let service = Service::start().await;
    let key = Uuid::now_v7();
    let departure = service.departure;
    let book = |departure: Value, seats: Value| json!({ "departureId": departure, "seats": seats, "idempotencyKey": key });
    let reason = |reason: &str| json!({ "departureId": departure, "reason": reason, "idempotencyKey": key });
    let cases: Vec<(Caller, &str, Value, &str, Value)> = vec![
        (
            customer(),
            BOOK,
            book(json!(departure), json!(0)),
            "INVALID_INPUT",
            json!(["input", "seats"]),
        ),
        (
            customer(),
            BOOK,
            book(json!(departure), json!(-1)),
            "INVALID_INPUT",
            json!(["input", "seats"]),
        ),
        (
            customer(),
            BOOK,
            book(json!(departure), json!(51)),
            "INVALID_INPUT",
            json!(["input", "seats"]),
        ),
        (
            customer(),
            BOOK,
            book(json!("nonsense"), json!(1)),
            "NOT_FOUND",
            json!(["input", "departureId"]),
        ),
        (
            customer(),
            BOOK,
            book(json!(DepartureId::new()), json!(1)),
            "NOT_FOUND",
            json!(["input", "departureId"]),
        ),
        (
            customer(),
            CANCEL,
            json!({ "orderId": OrderId::new(), "idempotencyKey": key }),
            "NOT_FOUND",
            json!(["input", "orderId"]),
        ),
        (
            customer(),
            CANCEL,
            json!({ "orderId": OrderId::new(), "reason": "x".repeat(501), "idempotencyKey": key }),
            "INVALID_INPUT",
            json!(["input", "reason"]),
        ),
        (
            operator(),
            CANCEL_DEPARTURE,
            reason("  "),
            "INVALID_INPUT",
            json!(["input", "reason"]),
        ),
        (
            operator(),
            CANCEL_DEPARTURE,
            reason(&"x".repeat(501)),
            "INVALID_INPUT",
            json!(["input", "reason"]),
        ),
        (
            operator(),
            RETRY,
            json!({ "reason": "try" }),
            "INVALID_INPUT",
            json!(["input", "ids"]),
        ),
        (
            operator(),
            RETRY,
            json!({ "ids": ["nonsense"], "reason": "try" }),
            "NOT_FOUND",
            json!(["input", "ids", "0"]),
        ),
    ];
    for (caller, mutation, input, code, path) in cases {
        let answer = service
            .ask(caller, mutation, json!({ "input": input.clone() }))
            .await;
        let errors = &answer["data"]["payload"]["errors"];
        assert_eq!(
            (&errors[0]["code"], &errors[0]["path"]),
            (&json!(code), &path),
            "{input}: {answer}"
        );
    }
    assert_eq!(service.events().await, [] as [String; 0]);
    assert!(service.participants.books.lock().unwrap().charges.is_empty());
}

#[tokio::test]
async fn callers_who_may_not_are_told_so() {
    let service = Service::start().await;
    let book = json!({ "departureId": service.departure, "seats": 1, "idempotencyKey": Uuid::now_v7() });
    let cancel =
        json!({ "departureId": service.departure, "reason": "storm", "idempotencyKey": Uuid::now_v7() });
    let retry = json!({ "ids": [], "reason": "try" });
    for (caller, mutation, input, code) in [
        (Caller::Nobody, BOOK, &book, "UNAUTHENTICATED"),
        (Caller::Service("orders".to_owned()), BOOK, &book, "FORBIDDEN"),
        (customer(), CANCEL_DEPARTURE, &cancel, "FORBIDDEN"),
        (customer(), RETRY, &retry, "FORBIDDEN"),
    ] {
        let answer = service.ask(caller, mutation, json!({ "input": input })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{answer}");
    }
    assert_eq!(service.events().await, [] as [String; 0]);
}

#[tokio::test]
async fn parameters_that_are_missing_or_of_another_type_are_refused_by_the_schema() {
    let service = Service::start().await;
    for input in [
        json!({}),
        json!({ "departureId": service.departure, "seats": 99_999_999_999_i64, "idempotencyKey": Uuid::now_v7() }),
        json!({ "departureId": service.departure, "seats": 1, "idempotencyKey": "not a key" }),
        json!({ "departureId": service.departure, "seats": "two", "idempotencyKey": Uuid::now_v7() }),
    ] {
        let answer = service
            .ask(customer(), BOOK, json!({ "input": input.clone() }))
            .await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
            "{input}: {answer}"
        );
    }
}
