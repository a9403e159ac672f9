//! Rows, SQL and rules, one aggregate a file. Nothing here knows GraphQL requests, callers or Kafka.

pub mod departure;
pub mod excursion;
pub mod fingerprint;
pub mod plan;
pub mod rejection;
pub mod reservation;
