//! Finding excursions.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use service::auth::Caller;
use uuid::Uuid;

use super::world::{World, in_days, reserve};

async fn found(world: &World, filter: Value) -> Vec<String> {
    let document = "query ($filter: ExcursionFilter) { excursions(filter: $filter) { nodes { title } } }";
    let data = world
        .ask(&Caller::Nobody, document, json!({ "filter": filter }))
        .await;
    let nodes = data["excursions"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["title"].as_str().unwrap().to_owned())
        .collect()
}

async fn catalogue() -> World {
    let world = World::new().await;
    world
        .excursion(
            "Крыши Петербурга",
            "Санкт-Петербург",
            "Вечерняя прогулка по крышам и чердакам",
        )
        .await;
    world
        .excursion(
            "Музеи Кремля",
            "Москва",
            "Оружейная палата и соборы; вход с ребёнком",
        )
        .await;
    world
        .excursion("Rooftops of Riga", "Riga", "Walking tours above the old town")
        .await;
    world
        .excursion("Boat trip", "Riga", "Bridges and museums from the water")
        .await;
    world
}

#[tokio::test]
async fn words_are_found_in_any_form_in_russian_and_english() {
    let world = catalogue().await;
    let by = async |text: &str| found(&world, json!({ "text": text })).await;
    assert_eq!(by("прогулки").await, ["Крыши Петербурга"], "in the description");
    assert_eq!(by("крыша").await, ["Крыши Петербурга"], "in the title");
    assert_eq!(
        by("МУЗЕЙ КРЕМЛЬ").await,
        ["Музеи Кремля"],
        "all words, in upper case"
    );
    assert_eq!(by("москве").await, ["Музеи Кремля"], "in the city");
    assert_eq!(by("ребенок").await, Vec::<String>::new());
    assert_eq!(by("ребенком").await, ["Музеи Кремля"], "е for ё");
    assert_eq!(by("walked tour").await, ["Rooftops of Riga"]);
    assert_eq!(by("museum").await, ["Boat trip"]);
    assert_eq!(by("museum музей").await, Vec::<String>::new());
    assert_eq!(by("museum or музей").await, ["Музеи Кремля", "Boat trip"]);
    assert_eq!(by("riga -museum").await, ["Rooftops of Riga"]);
    assert_eq!(by("\"old town\"").await, ["Rooftops of Riga"]);
    assert_eq!(by("\"town old\"").await, Vec::<String>::new());
    assert_eq!(by("the").await, Vec::<String>::new(), "no word to look for");
    assert_eq!(by("  ").await.len(), 4, "an empty field of a form");
    for text in ["'", "a & | ! b", "(", "\"", "\\", "%_", "-", "or", "<->", ":*"] {
        by(text).await;
    }
}

#[tokio::test]
async fn excluded_word_is_excluded_in_every_form() {
    let world = catalogue().await;
    let found = found(&world, json!({ "text": "-музей -museums" })).await;
    assert_eq!(found, ["Крыши Петербурга", "Rooftops of Riga"]);
}

#[tokio::test]
async fn changed_excursion_is_found_by_its_new_words() {
    let world = World::new().await;
    let id = world.excursion("Крыши", "Рига", "Прогулка").await;
    world
        .mutate("updateExcursion", json!({ "excursionId": id, "title": "Мосты" }))
        .await;
    assert_eq!(found(&world, json!({ "text": "мост" })).await, ["Мосты"]);
    assert_eq!(
        found(&world, json!({ "text": "крыша" })).await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn city_is_matched_whole_and_in_any_case() {
    let world = catalogue().await;
    let by = async |city: &str| found(&world, json!({ "city": city })).await.len();
    assert_eq!(by("МОСКВА").await, 1);
    assert_eq!(by(" riga ").await, 2);
    assert_eq!(by("rig").await, 0);
    assert_eq!(by("").await, 4);
    let both = json!({ "city": "Riga", "text": "museum" });
    assert_eq!(found(&world, both).await, ["Boat trip"]);
}

#[tokio::test]
async fn excursions_are_found_by_departures_on_sale() {
    let world = World::new().await;
    let ids = [
        world.excursion("Soon", "Riga", "In three days").await,
        world.excursion("Late", "Riga", "In thirty days").await,
        world.excursion("Never", "Riga", "No departures").await,
    ];
    let soon = world.departure(&ids[0], in_days(3), 5).await;
    world.departure(&ids[0], in_days(4), 2).await;
    world.departure(&ids[1], in_days(30), 50).await;
    let by = async |filter: Value| found(&world, filter).await;

    assert_eq!(
        by(json!({ "startsFrom": in_days(2), "startsTo": in_days(5) })).await,
        ["Soon"]
    );
    assert_eq!(by(json!({ "startsFrom": in_days(2) })).await, ["Soon", "Late"]);
    assert_eq!(by(json!({ "startsTo": in_days(2) })).await, Vec::<String>::new());
    assert_eq!(by(json!({ "seats": 5 })).await, ["Soon", "Late"]);
    assert_eq!(by(json!({ "seats": 6 })).await, ["Late"]);
    let of_one_departure = json!({ "startsFrom": in_days(2), "startsTo": in_days(5), "seats": 6 });
    assert_eq!(by(of_one_departure).await, Vec::<String>::new());

    assert_eq!(
        world.one("reserve", reserve(Uuid::now_v7(), &soon, 3)).await,
        "DONE"
    );
    let three = json!({ "startsTo": in_days(5), "seats": 3 });
    assert_eq!(by(three).await, Vec::<String>::new(), "2 and 2 are left");
    let two = json!({ "startsTo": in_days(5), "seats": 2 });
    assert_eq!(by(two.clone()).await, ["Soon"]);

    world
        .run("UPDATE departures SET status = 'closed' WHERE capacity = 2")
        .await;
    assert_eq!(by(two.clone()).await, ["Soon"], "one of them is still open");
    let closing = json!({ "departureId": soon, "salesCloseAt": Utc::now() - TimeDelta::minutes(1) });
    world.mutate("updateDeparture", closing).await;
    assert_eq!(by(two).await, Vec::<String>::new(), "its sales are closed");
}

#[tokio::test]
async fn departures_are_filtered() {
    let world = World::new().await;
    let excursions = [
        world.excursion("A", "Riga", "First").await,
        world.excursion("B", "Riga", "Second").await,
    ];
    let (from, to) = (in_days(3), in_days(6));
    let first = world.departure(&excursions[0], from, 5).await;
    let second = world.departure(&excursions[1], to, 9).await;
    assert_eq!(
        world
            .one("closeDeparture", json!({ "departureId": second }))
            .await,
        "DONE"
    );
    let by = async |filter: Value| {
        let document = "query ($filter: DepartureFilter) { departures(filter: $filter) { nodes { id } } }";
        let data = world
            .ask(&Caller::Nobody, document, json!({ "filter": filter }))
            .await;
        let nodes = data["departures"]["nodes"].as_array().unwrap();
        nodes
            .iter()
            .map(|node| node["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (none, only_first, only_second) = (Vec::<String>::new(), vec![first.clone()], vec![second.clone()]);
    assert_eq!(by(json!({})).await, [first.as_str(), second.as_str()]);
    assert_eq!(by(json!({ "excursionId": excursions[1] })).await, only_second);
    assert_eq!(by(json!({ "excursionId": Uuid::now_v7() })).await, none);
    assert_eq!(by(json!({ "excursionId": "nonsense" })).await, none);
    assert_eq!(by(json!({ "startsFrom": in_days(4) })).await, only_second);
    assert_eq!(by(json!({ "startsTo": in_days(4) })).await, only_first);
    assert_eq!(by(json!({ "seats": 6 })).await, only_second);
    assert_eq!(by(json!({ "status": "CANCELLING" })).await, only_second);
    assert_eq!(by(json!({ "status": "OPEN", "seats": 5 })).await, only_first);
    let micros = |at: DateTime<Utc>| DateTime::from_timestamp_micros(at.timestamp_micros());
    let inclusive = json!({ "startsFrom": micros(from), "startsTo": micros(to) });
    assert_eq!(by(inclusive).await, [first, second]);
}

#[tokio::test]
async fn bad_filters_are_refused() {
    let world = World::new().await;
    let refusal = async |document: &str, filter: Value| {
        world
            .refusal(&Caller::Nobody, document, json!({ "filter": filter }))
            .await
    };
    let excursions = "query ($filter: ExcursionFilter) { excursions(filter: $filter) { nodes { id } } }";
    let departures = "query ($filter: DepartureFilter) { departures(filter: $filter) { nodes { id } } }";
    let far = DateTime::<Utc>::MAX_UTC;
    for document in [excursions, departures] {
        for seats in [0, -1, 10_001, i32::MIN] {
            assert_eq!(
                refusal(document, json!({ "seats": seats })).await,
                "BAD_USER_INPUT"
            );
        }
        assert_eq!(
            refusal(document, json!({ "startsFrom": far })).await,
            "BAD_USER_INPUT"
        );
        assert_eq!(
            refusal(document, json!({ "startsTo": "tomorrow" })).await,
            "BAD_USER_INPUT"
        );
    }
    for filter in [
        json!({ "text": "x".repeat(201) }),
        json!({ "text": "a\u{0}" }),
        json!({ "city": "x".repeat(101) }),
        json!({ "city": "\u{0}" }),
    ] {
        assert_eq!(refusal(excursions, filter).await, "BAD_USER_INPUT");
    }
}
