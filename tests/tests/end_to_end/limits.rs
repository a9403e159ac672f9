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

/// What GraphiQL asks for when it opens.
const INTROSPECTION: &str =
    include_str!("../../../subgraphs/service/src/graphql/limits/introspection.graphql");
/// The playground's tabs: what clients are shown to do.
const EXAMPLES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../supergraph/playground/src/operations"
);

const CIRCLES: &str = "introspection in circles";

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
        let doors = [
            ("the public origin", stage.visitor.api.clone()),
            ("excursions", stage.behind_the_router(Service::Excursions)?),
        ];
        for (abuse, query) in [
            ("deep nesting", nested(20)),
            ("a thousand aliases", aliases(1_000)),
            ("sixty aliases", aliases(60)),
            ("a thousand directives", directives(1_000)),
            ("fragments that double forty times", fragment_bomb()),
            ("ten thousand tokens", tokens(10_000)),
            ("pages within pages", pages_in_pages()),
            (CIRCLES, circular_introspection()),
        ] {
            for (door, api) in &doors {
                let answer = api.send(&query, json!({})).await?;
                let what = format!("{abuse} at {door}");
                told(format!("{what}: an error"), answer["errors"][0].is_object(), true)?;
                // The one that Apollo Router refuses without a code.
                if abuse != CIRCLES {
                    told(format!("{what}: its code"), code(&answer).is_some(), true)?;
                }
                told(
                    format!("{what}: is not our fault"),
                    code(&answer) != Some("INTERNAL_SERVER_ERROR"),
                    true,
                )?;
                let data = &answer["data"];
                let nothing = data
                    .as_object()
                    .is_none_or(|fields| fields.values().all(Value::is_null));
                told(format!("{what}: what came of it"), nothing, true)?;
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn body_that_is_too_large_is_refused_with_413() -> Result<(), Failure> {
    scene(async |stage| {
        let services = Service::ALL.map(|service| stage.stack.url_of(service));
        let mut urls = vec![stage.stack.origin.clone()];
        urls.extend(services.into_iter().collect::<Result<Vec<_>, _>>()?);
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        for url in urls {
            let variables = json!({ "x": "x".repeat(5 * 1024 * 1024) });
            let body = json!({ "query": "{ __typename }", "variables": variables }).to_string();
            let request = http
                .post(format!("{url}/graphql"))
                .header("content-type", "application/json")
                .body(body);
            // A server may hang up on the rest of the body before it is sent.
            if let Ok(answer) = request.send().await {
                told(format!("the status at {url}"), answer.status().as_u16(), 413)?;
            }
        }
        Ok(())
    })
    .await
}
