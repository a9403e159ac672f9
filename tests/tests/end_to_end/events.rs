//! What is published: CloudEvents, in the trace of the request that brought them about.

use chrono::DateTime;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use tests::Failure;
use tests::api::Document;
use tests::failure::told;
use tests::model::{BookingRequest, eur};
use tests::records::{Record, Records};
use tests::scene::scene;
use uuid::Uuid;

const REGISTER: Document = Document::new(
    "register",
    &["mutation ($input: RegisterInput!) { result: register(input: $input) { session { user { id } } } }"],
);
const BOOK: Document = Document::new(
    "bookExcursion",
    &["mutation ($input: BookExcursionInput!) { result: bookExcursion(input: $input) { order { id } } }"],
);

/// A trace that a client began.
struct Trace {
    id: String,
    headers: HeaderMap,
}

impl Trace {
    fn begun() -> Self {
        let id = Uuid::new_v4().simple().to_string();
        let traceparent = format!("00-{id}-00f067aa0ba902b7-01");
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", HeaderValue::from_str(&traceparent).unwrap());
        Self { id, headers }
    }

    fn has(&self, record: &Record) -> Result<(), Failure> {
        for header in ["traceparent", "ce_traceparent"] {
            let what = format!("the trace in {header} of {}", record.header("ce_type"));
            told(
                what,
                record.header(header).split('-').nth(1),
                Some(self.id.as_str()),
            )?;
        }
        Ok(())
    }
}

/// Holds a record against CloudEvents 1.0 in Kafka's binary mode, and against what it is about.
fn is_cloud_event(record: &Record, source: &str, event: &str, subject: Uuid) -> Result<(), Failure> {
    let header = |name| record.header(name);
    let what = |name: &str| format!("{name} of {event}");
    let subject = subject.to_string();
    told(what("ce_specversion"), header("ce_specversion"), "1.0")?;
    told(what("ce_source"), header("ce_source"), source)?;
    told(what("ce_type"), header("ce_type"), event)?;
    told(what("ce_subject"), header("ce_subject"), subject.as_str())?;
    told(
        what("ce_partitionkey"),
        header("ce_partitionkey"),
        subject.as_str(),
    )?;
    told(what("the key"), record.key.as_str(), subject.as_str())?;
    told(what("content-type"), header("content-type"), "application/json")?;
    told(
        what("a UUID as ce_id"),
        Uuid::parse_str(header("ce_id")).is_ok(),
        true,
    )?;
    let time = DateTime::parse_from_rfc3339(header("ce_time"));
    told(what("an instant as ce_time"), time.is_ok(), true)?;
    told(what("an object as the payload"), record.payload.is_object(), true)?;
    Ok(())
}

#[tokio::test]
async fn registration_is_published_in_its_trace() -> Result<(), Failure> {
    scene(async |stage| {
        let brokers = &stage.stack.brokers;
        let mut users = Records::from_now(brokers, "users.events").await?;
        let mut notifications = Records::from_now(brokers, "notifications.events").await?;
        let (name, email) = (stage.full_name("Ada"), stage.email("Ada"));
        let input = json!({ "name": name, "email": email, "password": stage.password() });
        let trace = Trace::begun();
        let api = &stage.visitor.api;
        let answer = api.attempt_with::<Value>(&REGISTER, json!({ "input": input }), trace.headers.clone());
        let registered = answer.await?.result().unwrap_or_default();
        let user: Uuid = serde_json::from_value(registered["session"]["user"]["id"].clone()).unwrap();

        let record = users.find("UserRegistered", user).await?;
        is_cloud_event(&record, "/excursions/users", "UserRegistered", user)?;
        trace.has(&record)?;
        told(
            "the address",
            record.payload["email"].as_str(),
            Some(email.as_str()),
        )?;
        told("the role", record.payload["role"].as_str(), Some("CUSTOMER"))?;

        let record = notifications.find("NotificationSent", user).await?;
        is_cloud_event(&record, "/excursions/notifications", "NotificationSent", user)?;
        told(
            "the kind of the notification",
            record.payload["kind"].as_str(),
            Some("WELCOME"),
        )?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn booking_is_published_in_its_order_and_its_trace() -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.operator("Olga").await?;
        let brokers = &stage.stack.brokers;
        let mut excursions = Records::from_now(brokers, "excursions.events").await?;
        let mut orders = Records::from_now(brokers, "orders.events").await?;
        let departure = stage.departure(&operator, &eur(10), 10).await?;
        let customer = stage.customer_with("Ada", &eur(100)).await?;
        let record = excursions.find("DepartureScheduled", departure.id).await?;
        is_cloud_event(
            &record,
            "/excursions/excursions",
            "DepartureScheduled",
            departure.id,
        )?;
        told(
            "the price",
            &record.payload["price"],
            &json!({ "amount": "10.00", "currency": "EUR" }),
        )?;
        told("the first revision", record.payload["revision"].as_i64(), Some(1))?;

        let request = BookingRequest::new(&departure, 2);
        let trace = Trace::begun();
        let api = &customer.0.api;
        let answer = api.attempt_with::<Value>(&BOOK, json!({ "input": request }), trace.headers.clone());
        let booked = answer.await?.result().unwrap_or_default();
        let order: Uuid = serde_json::from_value(booked["order"]["id"].clone()).unwrap();
        let order = customer.settled(order).await?;

        let confirmed = orders.find("OrderConfirmed", order.id).await?;
        let published = orders.seen_about(order.id);
        let types: Vec<&str> = published.iter().map(|record| record.header("ce_type")).collect();
        told(
            "what is published about the order, in its order",
            types,
            ["OrderPlaced", "OrderConfirmed"],
        )?;
        for record in published {
            is_cloud_event(record, "/excursions/orders", record.header("ce_type"), order.id)?;
            trace.has(record)?;
            told("the partition", record.partition, confirmed.partition)?;
        }
        let codes: Vec<&str> = order.tickets.iter().map(|ticket| ticket.code.as_str()).collect();
        told("the tickets", &confirmed.payload["ticketCodes"], &json!(codes))?;

        let record = excursions.find("DepartureUpdated", departure.id).await?;
        is_cloud_event(
            &record,
            "/excursions/excursions",
            "DepartureUpdated",
            departure.id,
        )?;
        told(
            "the seats left",
            record.payload["seatsAvailable"].as_i64(),
            Some(8),
        )?;
        told(
            "the second revision",
            record.payload["revision"].as_i64(),
            Some(2),
        )?;
        Ok(())
    })
    .await
}
