//! A subscriber that resumes anywhere: after its process was killed, at another replica, while Kafka hands partitions over.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use tests::actor::Customer;
use tests::api::Document;
use tests::failure::told;
use tests::model::{BookingRequest, Departure, eur};
use tests::replica::Replica;
use tests::scene::scene_alone;
use tests::stack::Service;
use tests::subscriber::{Subscriber, SubscriptionError};
use tests::{Failure, Stage};
use uuid::Uuid;

const MY_ORDERS: Document = Document::new(
    "orderUpdated",
    &["subscription ($after: String) { result: orderUpdated(after: $after) { cursor status order { id } } }"],
);

#[derive(Deserialize)]
struct Update {
    cursor: String,
    status: String,
    order: Reference,
}

#[derive(Deserialize)]
struct Reference {
    id: Uuid,
}

/// A client that remembers where it was, and what it has seen.
struct Client<'a> {
    customer: &'a Customer,
    subscriber: Subscriber,
    cursor: String,
    seen: Vec<(Uuid, String)>,
}

impl<'a> Client<'a> {
    /// Subscribes, and takes the first two events: of a booking that was made for it.
    async fn begin(customer: &'a Customer, url: &str, departure: &Departure) -> Result<Self, Failure> {
        let token = &customer.0.session.access_token;
        let mut client = Self {
            customer,
            subscriber: Subscriber::begin(url, token, &MY_ORDERS, json!({})).await?,
            cursor: String::new(),
            seen: Vec::new(),
        };
        customer.book(&BookingRequest::new(departure, 1)).await?;
        client.take(2).await?;
        Ok(client)
    }

    /// The next events, so many.
    async fn take(&mut self, count: usize) -> Result<(), Failure> {
        for _ in 0..count {
            let update = self.subscriber.next().await?;
            self.note(update);
        }
        Ok(())
    }

    /// Goes on at another place, from the last event seen.
    async fn resume(&mut self, url: &str) -> Result<(), Failure> {
        let token = &self.customer.0.session.access_token;
        let after = json!({ "after": self.cursor });
        self.subscriber = Subscriber::begin(url, token, &MY_ORDERS, after).await?;
        Ok(())
    }

    /// Takes what comes until the connection breaks.
    async fn until_broken(&mut self) {
        loop {
            let next: Result<Update, SubscriptionError> = self.subscriber.next().await;
            match next {
                Ok(update) => self.note(update),
                Err(_broken) => return,
            }
        }
    }

    fn note(&mut self, update: Update) {
        self.cursor = update.cursor;
        self.seen.push((update.order.id, update.status));
    }
}

async fn book(customer: &Customer, departure: &Departure, count: usize) -> Result<(), Failure> {
    for _ in 0..count {
        customer.book(&BookingRequest::new(departure, 1)).await?;
    }
    Ok(())
}

/// Two updates an order, each once, in order: that is all there is. Orders are independent of each other: which of two
/// that are in different partitions is heard of first is open.
async fn nothing_is_missing_or_double(client: &Client<'_>) -> Result<(), Failure> {
    let mut heard: BTreeMap<Uuid, Vec<&str>> = BTreeMap::new();
    for (order, status) in &client.seen {
        heard.entry(*order).or_default().push(status);
    }
    let orders = client.customer.orders().await?;
    let expected: BTreeMap<Uuid, Vec<&str>> = orders
        .iter()
        .map(|order| (order.id, vec!["PENDING", "CONFIRMED"]))
        .collect();
    told("the updates of all orders", &heard, &expected)?;
    Ok(())
}

async fn cast(stage: &Stage) -> Result<(Departure, Customer), Failure> {
    let operator = stage.operator("Olga").await?;
    let departure = stage.departure(&operator, &eur(1), 100).await?;
    let ada = stage.customer_with("Ada", &eur(100)).await?;
    Ok((departure, ada))
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriber_resumes_after_notifications_was_killed() -> Result<(), Failure> {
    scene_alone(async |stage| {
        let (departure, ada) = cast(stage).await?;
        let origin = &stage.stack.origin;
        let mut client = Client::begin(&ada, origin, &departure).await?;
        let process = stage.process(Service::Notifications)?;
        let killed = process.kill()?;
        let (booked, ()) = futures::join!(book(&ada, &departure, 5), client.until_broken());
        booked?;
        process.back_after(killed).await?;
        client.resume(origin).await?;
        client.take(2 * 6 - client.seen.len()).await?;
        book(&ada, &departure, 1).await?;
        client.take(2).await?;
        nothing_is_missing_or_double(&client).await
    })
    .await
}

/// Each step changes who consumes what from Kafka, while bookings go on.
#[tokio::test(flavor = "multi_thread")]
async fn subscriber_resumes_at_another_replica_while_partitions_change_hands() -> Result<(), Failure> {
    scene_alone(async |stage| {
        let (departure, ada) = cast(stage).await?;
        let origin = stage.stack.origin.clone();
        let mut client = Client::begin(&ada, &origin, &departure).await?;
        let mut booked = 1;

        // A replica joins: the subscriber that stays where it was hears also what the other one consumes.
        let (joined, bookings) = futures::join!(
            Replica::start(&stage.stack, Service::Notifications),
            book(&ada, &departure, 5)
        );
        let replica = joined?;
        bookings?;
        book(&ada, &departure, 3).await?;
        booked += 8;
        client.take(2 * booked - client.seen.len()).await?;

        // The client lands on the replica, in the middle of what happens.
        book(&ada, &departure, 2).await?;
        client.resume(&replica.url).await?;
        book(&ada, &departure, 2).await?;
        booked += 4;
        client.take(2 * booked - client.seen.len()).await?;

        // The replica is killed, and its partitions go back; so does the client.
        drop(replica);
        let (bookings, ()) = futures::join!(book(&ada, &departure, 3), client.until_broken());
        bookings?;
        client.resume(&origin).await?;
        book(&ada, &departure, 2).await?;
        booked += 5;
        client.take(2 * booked - client.seen.len()).await?;
        nothing_is_missing_or_double(&client).await
    })
    .await
}
