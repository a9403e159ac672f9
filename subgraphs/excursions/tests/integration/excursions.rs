//! Creating and changing excursions.

use futures::future::join_all;
use serde_json::{Value, json};
use service::auth::Role;
use uuid::Uuid;

use super::world::{World, caller};

fn roofs(key: Uuid) -> Value {
    json!({
        "title": "  Roofs of Riga ",
        "description": "A walk above the old town",
        "city": "Riga",
        "meetingPoint": "Town hall",
        "durationMinutes": 120,
        "idempotencyKey": key,
    })
}

fn with(mut input: Value, field: &str, value: Value) -> Value {
    input[field] = value;
    input
}

#[tokio::test]
async fn excursion_is_created_once_for_a_key() {
    let world = World::new().await;
    let key = Uuid::new_v4();
    let first = world.mutate("createExcursion", roofs(key)).await;
    assert_eq!(first["replayed"], false);
    assert_eq!(first["excursion"]["title"], "Roofs of Riga");
    assert_eq!(first["excursion"]["meetingPoint"], "Town hall");

    let again = world.mutate("createExcursion", roofs(key)).await;
    assert_eq!(again["replayed"], true);
    assert_eq!(again["excursion"], first["excursion"]);

    let other = with(roofs(key), "title", json!("Cellars of Riga"));
    assert_eq!(
        world.refused("createExcursion", other).await,
        [(
            "IDEMPOTENCY_KEY_REUSED".to_owned(),
            "input.idempotencyKey".to_owned()
        )]
    );

    let colleague = caller(Role::Operator);
    let theirs = world.mutate_as(&colleague, "createExcursion", roofs(key)).await;
    assert_eq!(theirs["replayed"], false, "the key of another operator");
    assert_ne!(theirs["excursion"]["id"], first["excursion"]["id"]);
}

#[tokio::test]
async fn concurrent_requests_with_one_key_create_one_excursion() {
    let world = World::new().await;
    let key = Uuid::new_v4();
    let payloads = join_all((0..16).map(|_| world.mutate("createExcursion", roofs(key)))).await;
    let first = &payloads[0]["excursion"]["id"];
    assert!(
        payloads
            .iter()
            .all(|payload| payload["excursion"]["id"] == *first)
    );
    let created = payloads.iter().filter(|payload| payload["replayed"] == false);
    assert_eq!(created.count(), 1);
    assert_eq!(
        world
            .rows("SELECT to_jsonb(id) AS row FROM excursions")
            .await
            .len(),
        1
    );
}

#[tokio::test]
async fn bad_input_creates_nothing() {
    let world = World::new().await;
    let cases = [
        ("title", json!("")),
        ("title", json!("   ")),
        ("title", json!("x".repeat(201))),
        ("title", json!("a\u{0}b")),
        ("description", json!("")),
        ("description", json!("x".repeat(10_001))),
        ("city", json!("")),
        ("city", json!("x".repeat(101))),
        ("meetingPoint", json!("")),
        ("meetingPoint", json!("x".repeat(501))),
        ("durationMinutes", json!(0)),
        ("durationMinutes", json!(-1)),
        ("durationMinutes", json!(43_201)),
    ];
    for (field, value) in cases {
        let errors = world
            .refused("createExcursion", with(roofs(Uuid::new_v4()), field, value))
            .await;
        assert_eq!(errors, [("INVALID_INPUT".to_owned(), format!("input.{field}"))]);
    }
    let all = json!({
        "title": "", "description": "", "city": "", "durationMinutes": 0, "idempotencyKey": Uuid::new_v4(),
    });
    assert_eq!(
        world.refused("createExcursion", all).await.len(),
        4,
        "all of it at once"
    );
    let longest = with(roofs(Uuid::new_v4()), "title", json!("ё".repeat(200)));
    assert_eq!(
        world.mutate("createExcursion", longest).await["errors"],
        json!([])
    );
}

#[tokio::test]
async fn only_what_is_given_changes() {
    let world = World::new().await;
    let created = world.mutate("createExcursion", roofs(Uuid::new_v4())).await;
    let id = &created["excursion"]["id"];
    let update = async |change: Value| {
        let payload = world
            .mutate("updateExcursion", with(change, "excursionId", id.clone()))
            .await;
        assert_eq!(payload["errors"], json!([]));
        payload["excursion"].clone()
    };
    let renamed = update(json!({ "title": " Attics " })).await;
    assert_eq!(renamed["title"], "Attics");
    assert_eq!(renamed["city"], "Riga");
    assert_eq!(renamed["meetingPoint"], "Town hall");
    let same = update(json!({ "title": null, "durationMinutes": null })).await;
    assert_eq!(same, renamed, "null leaves as it is");
    let without = update(json!({ "meetingPoint": null, "durationMinutes": 30 })).await;
    assert_eq!(
        (&without["meetingPoint"], &without["durationMinutes"]),
        (&Value::Null, &json!(30))
    );
}

#[tokio::test]
async fn bad_change_changes_nothing() {
    let world = World::new().await;
    let id = world.excursion("Roofs", "Riga", "A walk").await;
    let cases = [
        ("title", json!("")),
        ("description", json!("x".repeat(10_001))),
        ("city", json!(" ")),
        ("meetingPoint", json!("")),
        ("durationMinutes", json!(0)),
    ];
    for (field, value) in cases {
        let change = with(json!({ "excursionId": id }), field, value);
        let errors = world.refused("updateExcursion", change).await;
        assert_eq!(errors, [("INVALID_INPUT".to_owned(), format!("input.{field}"))]);
    }
    for unknown in [Uuid::now_v7().to_string(), "no id".to_owned(), String::new()] {
        for change in [json!({ "title": "Attics" }), json!({})] {
            let errors = world
                .refused("updateExcursion", with(change, "excursionId", json!(unknown)))
                .await;
            assert_eq!(errors, [("NOT_FOUND".to_owned(), "input.excursionId".to_owned())]);
        }
    }
}
