//! What is counted of seats that are taken and given back.

use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;
use uuid::Uuid;

use super::world::{World, in_days, release, reserve};

#[tokio::test]
async fn seats_are_counted_once_however_often_they_are_asked_for() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _counts_here = metrics::set_default_local_recorder(&recorder);
    let world = World::new().await;
    let excursion = world.excursion("Roofs", "Riga", "A walk").await;
    let departure = world.departure(&excursion, in_days(1), 5).await;
    let (stays, goes, too_many) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    for _ in 0..2 {
        let commands = json!([
            reserve(stays, &departure, 3),
            reserve(goes, &departure, 2),
            reserve(too_many, &departure, 1),
        ]);
        world.command("reserve", commands).await;
    }
    for _ in 0..2 {
        // The last one never had any.
        let commands = json!([release(goes, &departure), release(too_many, &departure)]);
        world.command("release", commands).await;
    }

    let shown = recorder.handle().render();
    for line in ["seats_reserved_total 5", "seats_released_total 2"] {
        assert!(
            shown.lines().any(|shown| shown == line),
            "{line} is not in {shown}"
        );
    }
}
