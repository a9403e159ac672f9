//! Rows and their SQL, an aggregate a file.

pub mod departure;
pub mod feed_entry;
pub mod notification;
pub mod recipient;
mod text_enum;
