//! What is too much is refused, by whoever stands first in its way, with a code and before it costs anything; what clients
//! do is not.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::api::Api;
use tests::failure::told;
use tests::scene::scene;
use tests::stack::Service;
use tests::{Failure, Stage};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// What GraphiQL asks for when it opens.
const INTROSPECTION: &str =
    include_str!("../../../subgraphs/service/src/graphql/limits/introspection.graphql");
/// The playground's tabs: what clients are shown to do.
const EXAMPLES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../supergraph/playground/src/operations"
);

/// Where requests come in: before the router, and at each service.
fn doors(stage: &Stage) -> Result<Vec<(String, Api)>, Failure> {
    let mut doors = vec![("the public origin".to_owned(), stage.visitor.api.clone())];
    for service in Service::ALL {
        doors.push((service.to_string(), stage.behind_the_router(service)?));
    }
    Ok(doors)
}

fn code(answer: &Value) -> Option<&str> {
    answer["errors"][0]["extensions"]["code"].as_str()
}

#[tokio::test]
async fn introspection_passes_everywhere() -> Result<(), Failure> {
    scene(async |stage| {
        for (door, api) in doors(stage)? {
            let answer = api.send(INTROSPECTION, json!({})).await?;
            told(format!("the errors at {door}"), &answer["errors"], &Value::Null)?;
            let types = answer["data"]["__schema"]["types"].as_array().map_or(0, Vec::len);
            told(format!("the types at {door}"), types > 20, true)?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_the_playground_shows_is_within_the_limits() -> Result<(), Failure> {
    scene(async |stage| {
        let files = fs::read_dir(Path::new(EXAMPLES)).expect("the playground's operations");
        let mut queries = 0;
        for file in files {
            let file = file.expect("an entry of a folder that is there").path();
            let text = fs::read_to_string(&file).expect("a text");
            if text.contains("subscription") || !text.contains('{') {
                continue;
            }
            queries += 1;
            // Without variables nothing comes of most of them; a document that is refused for its size is refused before.
            let answer = stage.visitor.api.send(&text, json!({})).await?;
            let refused = code(&answer).filter(|code| code.starts_with("MAX_") || code.contains("PARS"));
            told(file.display().to_string(), refused, None::<&str>)?;
        }
        told("there are operations", queries > 5, true)?;
        Ok(())
    })
    .await
}

fn nested(levels: usize) -> String {
    let down = "{ __typename departures(first: 1) { nodes { excursion ".repeat(levels);
    let up = "} } }".repeat(levels);
    format!("{{ excursion(id: \"x\") {down} {{ id }} {up} }}")
}

fn aliases(count: usize) -> String {
    let fields: String = (0..count)
        .map(|number| format!("a{number}: excursion(id: \"x\") {{ id }} "))
        .collect();
    format!("{{ {fields} }}")
}

fn directives(count: usize) -> String {
    let fields = "excursion(id: \"x\") @include(if: true) { id } ".repeat(count);
    format!("{{ {fields} }}")
}

fn fragment_bomb() -> String {
    let fragments: String = (0..40)
        .map(|n| {
            format!(
                "fragment F{n} on Excursion {{ ...F{next} ...F{next} }} ",
                next = n + 1
            )
        })
        .collect();
    format!("{{ excursion(id: \"x\") {{ ...F0 }} }} {fragments} fragment F40 on Excursion {{ id }}")
}

fn tokens(count: usize) -> String {
    format!("{{ excursion(id: \"x\") {{ {} }} }}", "id ".repeat(count))
}

fn pages_in_pages() -> String {
    "{ excursions(first: 100) { nodes { departures(first: 100) { nodes {
        id startsAt capacity seatsAvailable status price { amount currency } } } } } }"
        .to_owned()
}

fn circular_introspection() -> String {
    let down = "{ fields { type ".repeat(6);
    format!("{{ __schema {{ types {down} {{ name }} {} }} }}", "} }".repeat(6))
}

#[tokio::test]
async fn abuse_is_refused_with_a_code_before_and_behind_the_router() -> Result<(), Failure> {
    scene(async |stage| {
        for (abuse, query, expected) in [
            ("deep nesting", nested(20), "MAX_DEPTH_EXCEEDED"),
            ("a thousand aliases", aliases(1_000), "MAX_TOKENS_EXCEEDED"),
            ("sixty aliases", aliases(60), "MAX_ALIASES_EXCEEDED"),
            ("sixty directives", directives(60), "MAX_DIRECTIVES_EXCEEDED"),
            (
                "fragments that double forty times",
                fragment_bomb(),
                "MAX_FIELDS_EXCEEDED",
            ),
            ("ten thousand tokens", tokens(10_000), "MAX_TOKENS_EXCEEDED"),
            (
                "introspection in circles",
                circular_introspection(),
                "MAX_INTROSPECTION_DEPTH_EXCEEDED",
            ),
        ] {
            for (door, api) in doors(stage)? {
                is_refused(&format!("{abuse} at {door}"), &api, &query, expected).await?;
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn pages_within_pages_are_refused_for_their_cost() -> Result<(), Failure> {
    scene(async |stage| {
        // Other services do not know the fields.
        let excursions = stage.behind_the_router(Service::Excursions)?;
        for api in [&stage.visitor.api, &excursions] {
            is_refused("pages within pages", api, &pages_in_pages(), "MAX_COST_EXCEEDED").await?;
        }
        Ok(())
    })
    .await
}

/// Sends a document that is too much: it is refused with a code, and nothing comes of it.
async fn is_refused(what: &str, api: &Api, query: &str, expected: &str) -> Result<(), Failure> {
    let answer = api.send(query, json!({})).await?;
    told(format!("{what}: its code"), code(&answer), Some(expected))?;
    let fields = answer["data"].as_object();
    let nothing = fields.is_none_or(|fields| fields.values().all(Value::is_null));
    told(format!("{what}: nothing came of it"), nothing, true).map(drop)
}

/// What a service answers to a request whose body is told to be so large, before it has seen a byte of it.
async fn status_before_a_body(url: &str, bytes: usize) -> std::io::Result<String> {
    let address = url.trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).await?;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {bytes}\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await?;
    let mut line = String::new();
    BufReader::new(connection).read_line(&mut line).await?;
    Ok(line)
}

#[tokio::test]
async fn body_that_is_too_large_is_refused_with_413_and_not_read() -> Result<(), Failure> {
    scene(async |stage| {
        for service in Service::ALL {
            let url = stage.stack.url_of(service)?;
            let line = status_before_a_body(&url, 4 * 1024 * 1024 + 1)
                .await
                .expect("an answer");
            told(format!("the status of {service}"), line.contains(" 413 "), true)?;
        }
        Ok(())
    })
    .await
}
