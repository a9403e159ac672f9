//! Rows and their SQL, an aggregate a file.

pub mod departure;
pub mod feed_entry;
pub mod notification;
pub mod recipient;
mod text_enum;

/// One field of all rows, for arrays in SQL.
fn column<'a, Row, T>(rows: &'a [Row], field: impl Fn(&'a Row) -> T) -> Vec<T> {
    rows.iter().map(field).collect()
}
