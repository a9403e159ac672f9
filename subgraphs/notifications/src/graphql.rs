//! The subgraph: notifications, and all subscriptions of the graph.

mod cancellation;
mod departure;
mod loader;
mod mark_notifications_read;
mod notification;
mod order;
mod root;
mod single_root_field;
mod subscription;
mod user;

pub use cancellation::{CancellationProgress, CancellationStatus};
pub use departure::{Departure, DepartureStatus, DepartureUpdate};
pub use notification::{Notification, NotificationEvent};
pub use order::{Order, OrderStatus, OrderUpdate};
pub use root::{Mutation, NotificationsSchema, Query, schema, sdl};
pub use subscription::Subscription;
pub use user::User;
