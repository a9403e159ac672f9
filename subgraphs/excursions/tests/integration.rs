//! The subgraph on a real PostgreSQL, through its GraphQL schema.

#![allow(clippy::unwrap_used)] // A test that does not get what it expects fails.

mod integration {
    mod access;
    mod audit;
    mod commands;
    mod departures;
    mod entities;
    mod events;
    mod excursions;
    mod meters;
    mod migrations;
    mod pages;
    mod races;
    mod schema;
    mod search;
    mod search_cost;
    mod world;
}
