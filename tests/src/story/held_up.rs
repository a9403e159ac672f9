//! A booking that stands still in its middle.

use tokio::task::JoinHandle;

use crate::actor::{Booked, Customer};
use crate::api::ApiError;
use crate::model::{BookingRequest, Departure, Order};
use crate::patience::until;
use crate::processes::Paused;
use crate::stack::Service;
use crate::{Failure, Stage};

/// A booking that has its quote and waits for its charge: billing is paused, and goes on when this is dropped.
pub struct HeldUp {
    /// What was asked.
    pub request: BookingRequest,
    /// The order as it stands.
    pub order: Order,
    answer: JoinHandle<Result<Booked, ApiError>>,
    billing: Paused,
}

impl HeldUp {
    /// Pauses billing, begins a booking, and waits until its saga stands at the charge.
    ///
    /// # Errors
    /// That it never got there.
    pub async fn begin(
        stage: &Stage,
        customer: &Customer,
        departure: &Departure,
        seats: i32,
    ) -> Result<Self, Failure> {
        let request = BookingRequest::new(departure, seats);
        let billing = stage.process(Service::Billing)?.pause().await?;
        let (who, what) = (customer.clone(), request.clone());
        let answer = tokio::spawn(async move { who.ask_for(&what).await });
        let order = until(format!("{}'s order at its charge", customer.name()), async || {
            // The journal is what a restart would go by.
            let orders = customer.orders().await?;
            let newest = orders.into_iter().next();
            Ok(newest.filter(|order| order.status == "PENDING" && order.steps() == ["quote"]))
        })
        .await?;
        Ok(Self {
            request,
            order,
            answer,
            billing,
        })
    }

    /// Lets billing go on; what the booking is answered with in the end, if anything.
    #[must_use]
    pub fn go_on(self) -> JoinHandle<Result<Booked, ApiError>> {
        drop(self.billing);
        self.answer
    }
}
