//! What searches read: no table from end to end, and no more from a catalogue a hundred times as large.

use diesel::sql_types::BigInt;
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use service::auth::Caller;

use super::world::{World, in_days};

/// So many excursions, each with four departures within a year: every fifth in one of the languages, one in 97 with a
/// balloon, a city for each ten.
const CATALOGUE: &str = "
    INSERT INTO excursions (id, title, description, city, duration_minutes, created_by, idempotency_key, fingerprint)
    SELECT ('0193' || lpad(to_hex(n), 8, '0') || '-7000-8000-000000000000')::uuid,
           (ARRAY['Walk', 'Прогулка', 'Boat trip', 'Экскурсия', 'Tour'])[1 + n % 5] || ' number' || n,
           'With a guide, с гидом' || CASE WHEN n % 97 = 0 THEN ', in a balloon' ELSE '' END,
           'City ' || n / 10, 120, gen_random_uuid(), gen_random_uuid(), ''
    FROM generate_series($1 + 1, $2) AS n;";
const DEPARTURES: &str = "
    INSERT INTO departures (id, excursion_id, starts_at, sales_close_at, price_minor, currency, capacity, seats_taken,
                            created_by, idempotency_key, fingerprint)
    SELECT gen_random_uuid(), excursions.id, starts_at, starts_at, 2500, 'EUR', 10, number % 10,
           gen_random_uuid(), gen_random_uuid(), ''
    FROM excursions, generate_series(1, 4) AS number,
         LATERAL (SELECT now() + abs(hashtext(excursions.id::text || number)) % 365 * interval '1 day' + interval '1 hour'
                      AS starts_at) AS start
    WHERE NOT EXISTS (SELECT FROM departures WHERE excursion_id = excursions.id);";
const EXCURSIONS: &str = "query ($filter: ExcursionFilter) { excursions(filter: $filter) { nodes { id } } }";
const DEPARTING: &str = "query ($filter: DepartureFilter) { departures(filter: $filter) { nodes { id } } }";

/// Rows that were read from the tables since the last look, and how often one was read from end to end.
#[derive(QueryableByName, Clone, Copy, Debug)]
struct Reads {
    #[diesel(sql_type = BigInt)]
    rows: i64,
    #[diesel(sql_type = BigInt)]
    scans: i64,
}

async fn reads(world: &World) -> Reads {
    // All that this test does goes through one connection, whose counts are told when it is asked to.
    let mut connection = world.connection().await;
    for statement in [
        "SELECT pg_stat_force_next_flush()",
        "SELECT pg_stat_clear_snapshot()",
    ] {
        sql_query(statement).execute(&mut connection).await.unwrap();
    }
    let read = "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint AS rows,
                       coalesce(sum(seq_scan), 0)::bigint AS scans
                FROM pg_stat_user_tables WHERE relname IN ('excursions', 'departures')";
    sql_query(read).get_result(&mut connection).await.unwrap()
}

async fn fill(world: &World, from: i32, to: i32) {
    let mut connection = world.connection().await;
    sql_query(CATALOGUE)
        .bind::<diesel::sql_types::Integer, _>(from)
        .bind::<diesel::sql_types::Integer, _>(to)
        .execute(&mut connection)
        .await
        .unwrap();
    sql_query(DEPARTURES).execute(&mut connection).await.unwrap();
    for table in ["excursions", "departures"] {
        // Of a bulk load the text index keeps a list to be sorted in later; a vacuum does it.
        let statement = format!("VACUUM ANALYZE {table}");
        sql_query(statement).execute(&mut connection).await.unwrap();
    }
}

/// What a search reads, and whether it goes through a table from end to end.
async fn cost(world: &World, document: &str, filter: &Value) -> Reads {
    // By then a statement that is prepared once for all would have its plan.
    for _ in 0..7 {
        world
            .ask(&Caller::Nobody, document, json!({ "filter": filter }))
            .await;
    }
    let before = reads(world).await;
    world
        .ask(&Caller::Nobody, document, json!({ "filter": filter }))
        .await;
    let after = reads(world).await;
    Reads {
        rows: after.rows - before.rows,
        scans: after.scans - before.scans,
    }
}

#[tokio::test]
async fn searches_read_a_page_and_not_the_catalogue() {
    let world = World::new().await;
    fill(&world, 0, 30_000).await;
    for (document, filter) in [
        (EXCURSIONS, json!({})),
        (EXCURSIONS, json!({ "text": "walks" })),
        (EXCURSIONS, json!({ "text": "прогулки" })),
        (EXCURSIONS, json!({ "text": "number12345" })),
        (EXCURSIONS, json!({ "text": "balloon" })),
        (EXCURSIONS, json!({ "text": "dragons" })),
        (EXCURSIONS, json!({ "city": "CITY 1234" })),
        (EXCURSIONS, json!({ "city": "Atlantis" })),
        (EXCURSIONS, json!({ "text": "guide", "city": "city 1234" })),
        (
            EXCURSIONS,
            json!({ "startsFrom": in_days(30), "startsTo": in_days(37) }),
        ),
        (EXCURSIONS, json!({ "startsFrom": in_days(400) })),
        (EXCURSIONS, json!({ "seats": 3 })),
        (EXCURSIONS, json!({ "seats": 11 })),
        (
            EXCURSIONS,
            json!({ "text": "walk", "startsFrom": in_days(30), "startsTo": in_days(60), "seats": 2 }),
        ),
        (
            EXCURSIONS,
            json!({ "text": "guide", "city": "City 7", "startsTo": in_days(60), "seats": 2 }),
        ),
        (DEPARTING, json!({})),
        (DEPARTING, json!({ "startsFrom": in_days(100), "seats": 2 })),
        (DEPARTING, json!({ "seats": 11 })),
        (DEPARTING, json!({ "status": "CANCELLED" })),
        (
            DEPARTING,
            json!({ "status": "OPEN", "startsFrom": in_days(100), "seats": 9 }),
        ),
    ] {
        let cost = cost(&world, document, &filter).await;
        assert_eq!(cost.scans, 0, "{filter} reads a table from end to end");
        // 30,000 excursions and 120,000 departures are there to be read.
        assert!(cost.rows <= 3_000, "{filter} reads {} rows", cost.rows);
    }
}

#[tokio::test]
async fn word_in_a_city_is_found_whatever_signs_its_name_has() {
    let world = World::new().await;
    for city in [
        "O'Higgins",
        "Back\\slash",
        "Нижний Новгород",
        "A & B | !C:*",
        "@",
        "\"Quoted\"",
    ] {
        world.excursion("A walk", city, "Of the city").await;
        world.excursion("A swim", city, "Of the city").await;
        let filter = json!({ "text": "walk", "city": city });
        let found = world
            .ask(&Caller::Nobody, EXCURSIONS, json!({ "filter": filter }))
            .await;
        assert_eq!(
            found["excursions"]["nodes"].as_array().unwrap().len(),
            1,
            "{city}"
        );
    }
    let by_its_mark = json!({ "text": "@O'Higgins -walk -swim" });
    let found = world
        .ask(&Caller::Nobody, EXCURSIONS, json!({ "filter": by_its_mark }))
        .await;
    assert_eq!(found["excursions"]["nodes"], json!([]));
}
