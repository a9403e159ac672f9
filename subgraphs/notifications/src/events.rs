//! What happened elsewhere and makes mails and feed entries here, and what is published about it.

mod consumed;
mod consumer;
mod effect;
mod published;

pub use consumer::MailAndFeed;
pub use published::NotificationSent;
