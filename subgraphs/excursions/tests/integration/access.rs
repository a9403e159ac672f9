//! Who may do what.

use serde_json::json;
use service::auth::{Caller, Role};
use uuid::Uuid;

use super::world::{World, caller, orders};

const CREATE: &str = r#"mutation { createExcursion(input: { title: "Roofs", description: "Walks", city: "Riga",
    durationMinutes: 60, idempotencyKey: "018f0000-0000-7000-8000-000000000000" }) { excursion { id } } }"#;

#[tokio::test]
async fn only_operators_change_the_catalogue() {
    let world = World::new().await;
    let id = Uuid::now_v7();
    let update = format!(
        r#"mutation {{ updateExcursion(input: {{ excursionId: "{id}" }}) {{ errors {{ code }} }} }}"#
    );
    let schedule = format!(
        r#"mutation {{ scheduleDeparture(input: {{ excursionId: "{id}", startsAt: "2099-01-01T00:00:00Z",
            price: {{ amount: "1", currency: "EUR" }}, capacity: 1, idempotencyKey: "{id}" }}) {{ errors {{ code }} }} }}"#
    );
    let change = format!(
        r#"mutation {{ updateDeparture(input: {{ departureId: "{id}" }}) {{ errors {{ code }} }} }}"#
    );
    let before = world.contents().await;
    for document in [CREATE, &update, &schedule, &change] {
        let refusal = async |caller| world.refusal(&caller, document, json!({})).await;
        assert_eq!(refusal(caller(Role::Customer)).await, "FORBIDDEN");
        assert_eq!(refusal(orders()).await, "FORBIDDEN");
        assert_eq!(refusal(Caller::Nobody).await, "UNAUTHENTICATED");
    }
    assert_eq!(world.contents().await, before);
    let created = world.ask(&caller(Role::Admin), CREATE, json!({})).await;
    assert!(created["createExcursion"]["excursion"]["id"].is_string());
}

#[tokio::test]
async fn commands_are_for_services_only() {
    let world = World::new().await;
    let departure = world.some_departure(5).await;
    let order = Uuid::now_v7();
    let seats = format!(r#"orderId: "{order}", departureId: "{departure}""#);
    let documents = [
        format!("mutation {{ quote(commands: [{{ {seats}, seats: 1 }}]) {{ status }} }}"),
        format!(
            r#"mutation {{ reserve(commands: [{{ {seats}, seats: 1,
                unitPrice: {{ amount: "10", currency: "EUR" }} }}]) {{ status }} }}"#
        ),
        format!("mutation {{ release(commands: [{{ {seats} }}]) {{ status }} }}"),
        format!(
            r#"mutation {{ closeDeparture(commands: [{{ departureId: "{departure}" }}]) {{ status }} }}"#
        ),
        format!(
            r#"mutation {{ finishCancellation(commands: [{{ departureId: "{departure}" }}]) {{ status }} }}"#
        ),
    ];
    let before = world.contents().await;
    for document in &documents {
        let refusal = async |caller| world.refusal(&caller, document, json!({})).await;
        assert_eq!(refusal(caller(Role::Admin)).await, "FORBIDDEN");
        assert_eq!(refusal(Caller::Nobody).await, "UNAUTHENTICATED");
    }
    assert_eq!(world.contents().await, before);
}
