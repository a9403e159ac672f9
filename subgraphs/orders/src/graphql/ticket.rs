//! Tickets as clients see them.

use async_graphql::{ID, Object};

use crate::model::{self, OrderStatus};

/// One seat of a confirmed order.
pub struct Ticket {
    pub ticket: model::Ticket,
    pub order_status: OrderStatus,
}

/// One seat of a confirmed order.
#[Object]
impl Ticket {
    /// Its id.
    async fn id(&self) -> ID {
        self.ticket.id.into()
    }

    /// What to show at the meeting point.
    async fn code(&self) -> &str {
        &self.ticket.code
    }

    /// Whether it still admits: false once the order is being cancelled.
    async fn valid(&self) -> bool {
        self.order_status == OrderStatus::Confirmed
    }
}
