//! The catalogue of `make seed`: complete, searchable in both languages, and published once however often it is.

use chrono::Utc;
use serde_json::json;
use tests::Failure;
use tests::catalogue::{self, DEPARTURES, EXCURSIONS, Published};
use tests::failure::told;
use tests::scene::scene;

const SEARCH: &str = "query ($filter: ExcursionFilter) {
    excursions(filter: $filter, first: 100) { nodes { title departures(first: 1) { nodes { id } } } } }";

#[tokio::test(flavor = "multi_thread")]
async fn catalogue_is_published_once_and_found() -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.first_operator().await?;
        // The same day for both, also at midnight.
        let today = Utc::now().date_naive();
        catalogue::publish(&operator, today).await?;
        let again = catalogue::publish(&operator, today).await?;
        let all = Published {
            excursions: EXCURSIONS,
            departures: DEPARTURES,
            new: 0,
        };
        told("what is published again", again, all)?;
        told("the size", (EXCURSIONS, DEPARTURES), (200, 5_000))?;
        for (text, city, title) in [
            (
                "крыша рассвет",
                "казань",
                "Казань: прогулка по крышам на рассвете",
            ),
            ("rooftop dawn", "LISBON", "Lisbon: rooftops at dawn"),
        ] {
            let filter = json!({ "filter": { "text": text, "city": city, "seats": 2 } });
            let found = stage.visitor.api.send(SEARCH, filter).await?;
            let nodes = found["data"]["excursions"]["nodes"].as_array().cloned();
            let there = nodes.into_iter().flatten().find(|node| node["title"] == title);
            let departs = there.is_some_and(|node| node["departures"]["nodes"][0]["id"].is_string());
            told(format!("{title}, with a departure"), departs, true)?;
        }
        Ok(())
    })
    .await
}
