//! The service on a real PostgreSQL, through its schema and its routes.

#![allow(clippy::unwrap_used)] // A test that cannot be set up fails.

mod integration {
    mod application;
    mod first_operator;
    mod kit;
    mod log_in;
    mod migrations;
    mod queries;
    mod register;
    mod roles;
    mod sessions;
    mod tokens;
}
