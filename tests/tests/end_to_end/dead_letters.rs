//! Records that nobody can process are put aside with the reason, and hold nobody up.

use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use tests::Failure;
use tests::failure::told;
use tests::model::{BookingRequest, eur};
use tests::records::Records;
use tests::scene::scene;
use uuid::Uuid;

/// Publishes an event on `orders.events` whose payload lacks everything.
async fn publish_nonsense(brokers: &str, order: Uuid) {
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("broker.address.family", "v4")
        .create()
        .unwrap();
    let (id, order) = (Uuid::now_v7().to_string(), order.to_string());
    let headers = [
        ("ce_specversion", "1.0"),
        ("ce_id", &id),
        ("ce_source", "/excursions/orders"),
        ("ce_type", "OrderConfirmed"),
        ("ce_time", "2026-01-01T00:00:00Z"),
        ("ce_subject", &order),
    ]
    .into_iter()
    .fold(OwnedHeaders::new(), |headers, (key, value)| {
        headers.insert(Header {
            key,
            value: Some(value),
        })
    });
    let record = FutureRecord::to("orders.events")
        .key(&order)
        .payload("{}")
        .headers(headers);
    producer.send(record, Duration::from_secs(30)).await.unwrap();
}

#[tokio::test]
async fn record_that_nobody_can_process_is_put_aside_and_holds_nobody_up() -> Result<(), Failure> {
    scene(async |stage| {
        let brokers = &stage.stack.brokers;
        let mut dead_letters = Records::from_now(brokers, "orders.events.dlq").await?;
        let nonsense = Uuid::now_v7();
        publish_nonsense(brokers, nonsense).await;
        let record = dead_letters.find("OrderConfirmed", nonsense).await?;
        told("where it came from", record.header("dlq_topic"), "orders.events")?;
        told(
            "who could not process it",
            record.header("dlq_consumer"),
            "notifications",
        )?;
        let reason = record.header("dlq_reason");
        told(
            "a reason that names the field",
            reason.contains("missing field"),
            true,
        )?;
        told("the payload as it was", record.payload.to_string().as_str(), "{}")?;

        // Whatever partition it was in: bookings of many keys still bring their mails, as the audit after this shows.
        let operator = stage.operator("Olga").await?;
        let departure = stage.departure(&operator, &eur(5), 12).await?;
        let customer = stage.customer_with("Vera", &eur(100)).await?;
        for _ in 0..12 {
            customer.book(&BookingRequest::new(&departure, 1)).await?;
        }
        Ok(())
    })
    .await
}
