//! Orders whose sagas are not kept any more.

use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use saga::{Journal, Registry};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{ORDER, Service, customer, operator};

/// Makes what has ended so far as old as can be, and forgets it.
async fn forget(service: &Service) {
    let mut connection = service.database.pool.get().await.unwrap();
    let age = "UPDATE sagas SET ended_at = ended_at - interval '1 year' WHERE ended_at IS NOT NULL";
    connection.batch_execute(age).await.unwrap();
    let journal = Journal::new(service.database.pool.connections(), Registry::default());
    assert!(journal.prune(Duration::from_secs(3_600), 100).await.unwrap() > 0);
}

async fn messages(service: &Service, order: &Value) -> Vec<String> {
    let answer = service.ask(operator(), ORDER, json!({ "id": order })).await;
    let timeline = answer["data"]["order"]["timeline"].as_array().unwrap();
    let message = |event: &Value| event["message"].as_str().unwrap_or_default().to_owned();
    timeline.iter().map(message).collect()
}

const PLACED: &str = "the order was placed; its steps are not kept any more";

#[tokio::test]
async fn order_still_tells_how_it_began_and_ended() {
    let service = Service::start().await;
    let (ann, key) = (customer(), Uuid::now_v7());
    let confirmed = service.book(&ann, 2, key).await;
    let id = &confirmed["order"]["id"];
    forget(&service).await;
    assert_eq!(messages(&service, id).await, [PLACED, "the order is confirmed"]);
    let again = service.book(&ann, 2, key).await;
    assert_eq!((&again["replayed"], &again["order"]["id"]), (&json!(true), id));
    service.audit().await;

    // Its cancellation has a journal of its own.
    service.cancel(&ann, id.as_str().unwrap(), Uuid::now_v7()).await;
    let told = messages(&service, id).await;
    assert_eq!(told[..2], [PLACED, "the cancellation began"]);
    assert_eq!(told.last().unwrap(), "the order is cancelled");
    forget(&service).await;
    assert_eq!(messages(&service, id).await, [PLACED, "the order is cancelled"]);
    service.audit().await;
}
