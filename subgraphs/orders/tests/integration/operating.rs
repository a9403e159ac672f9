//! What operators do about sagas that need a person.

use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};

use uuid::Uuid;

use crate::participants::Fault;
use crate::support::{Service, customer, operator};

const RETRY: &str = "mutation ($input: SagaActionInput!) {
    retrySagas(input: $input) { matched sagas { id status } errors { code path } } }";
const PARKED: &str = "ffffffff-0000-7000-8000-000000000000";

/// A thousand sagas that have ended, and a younger one that is parked.
async fn park_one_behind_a_thousand(service: &Service) {
    let sagas = format!(
        "INSERT INTO sagas (id, definition, version, status, direction, position, step, state, entries, ended_at)
         SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'book-excursion', 1, 'COMPLETED',
                'FORWARD', 3, 'confirm', '{{}}', 1, now()
         FROM generate_series(1, 1000) n;
         INSERT INTO sagas (id, definition, version, status, direction, position, step, state, entries)
         VALUES ('{PARKED}', 'book-excursion', 1, 'PARKED', 'BACKWARD', 1, 'charge', '{{}}', 1)"
    );
    let mut connection = service.database.pool.get().await.unwrap();
    connection.batch_execute(&sagas).await.unwrap();
}

async fn retry(service: &Service, input: Value) -> Value {
    let answer = service.ask(operator(), RETRY, json!({ "input": input })).await;
    answer["data"]["retrySagas"].clone()
}

#[tokio::test]
async fn filter_finds_what_the_command_fits_behind_all_that_has_ended() {
    let service = Service::start().await;
    park_one_behind_a_thousand(&service).await;
    let filter = json!({ "filter": { "kind": "book-excursion" }, "reason": "a drill", "dryRun": true });
    let answer = retry(&service, filter).await;
    assert_eq!(answer["matched"], 1, "{answer}");
    assert_eq!(answer["sagas"], json!([{ "id": PARKED, "status": "PARKED" }]));
    let ended = json!({ "filter": { "status": "COMPLETED" }, "reason": "a drill", "dryRun": true });
    assert_eq!(retry(&service, ended).await["matched"], 0);
}

#[tokio::test]
async fn ids_that_are_no_sagas_are_told_one_by_one() {
    let service = Service::start().await;
    park_one_behind_a_thousand(&service).await;
    let unknown = "01a20351-2b69-7051-a1e9-c73448fc9563";
    let ids = json!({ "ids": [PARKED, unknown, "nonsense"], "reason": "a drill" });
    let answer = retry(&service, ids).await;
    let errors = json!([
        { "code": "NOT_FOUND", "path": ["input", "ids", "1"] },
        { "code": "NOT_FOUND", "path": ["input", "ids", "2"] },
    ]);
    assert_eq!((&answer["errors"], &answer["matched"]), (&errors, &json!(0)));
    let none = retry(&service, json!({ "ids": [], "reason": "a drill" })).await;
    assert_eq!(
        none["errors"],
        json!([{ "code": "INVALID_INPUT", "path": ["input", "ids"] }])
    );
}

const ABANDON: &str = "mutation ($input: SagaActionInput!) {
    abandonSagas(input: $input) { matched errors { code path } } }";
const GIVEN_UP: &str =
    "query ($id: ID!) { order(id: $id) { status abandoned { kind message } timeline { kind } } }";

#[tokio::test]
async fn order_whose_saga_is_given_up_says_so_and_holds_up_no_cancellation() {
    let service = Service::start().await;
    service.participants.fail("charge", &[Fault::Hold]);
    let ann = customer();
    {
        let booking = service.book(&ann, 2, Uuid::now_v7());
        tokio::pin!(booking);
        tokio::select! {
            answer = &mut booking => panic!("a held charge let it end: {answer}"),
            () = service.wait_for_call("charge") => {}
        }
    }
    let all = json!({ "filter": { "kind": "book-excursion" }, "reason": "settled by phone" });
    let answer = service.ask(operator(), ABANDON, json!({ "input": all })).await;
    assert_eq!(answer["data"]["abandonSagas"]["matched"], 1, "{answer}");
    service.participants.let_go();

    let id = json!({ "id": service.only_order().await });
    let answer = service.ask(ann.clone(), GIVEN_UP, id.clone()).await;
    let order = &answer["data"]["order"];
    assert_eq!(
        (&order["status"], &order["abandoned"]["kind"]),
        (&json!("PENDING"), &json!("ABANDONED"))
    );
    let said = order["abandoned"]["message"].as_str().unwrap();
    assert!(said.starts_with("given up: settled by phone (by "), "{said}");

    let other = service.book(&ann, 2, Uuid::now_v7()).await;
    let begun = service.cancel_departure(&operator(), Uuid::now_v7()).await;
    let cancellation = begun["cancellation"]["id"].as_str().unwrap();
    let completed = service.wait_for_cancellation(cancellation).await;
    assert_eq!(
        (&completed["ordersTotal"], &completed["ordersCancelled"]),
        (&json!(1), &json!(1))
    );
    service
        .wait_for_order(other["order"]["id"].as_str().unwrap(), "CANCELLED")
        .await;
    let answer = service.ask(ann, GIVEN_UP, id).await;
    assert_eq!(answer["data"]["order"]["status"], "PENDING", "it stays as it is");
    service.audit().await;
}
