//! GraphQL over Server-Sent Events, distinct connections, with a real HTTP client.

use std::time::Duration;

use reqwest::header::{ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use service::id::DepartureId;
use tokio::time::timeout;

use super::events::departure_updated;
use super::harness::{LIMIT, consume, database, registered};
use super::server::Server;

/// A cursor from before everything.
const START: &str = "ZgAAAAAAAAAA";
const NO_QUERY: &[(&str, &str)] = &[];

fn post(server: &Server, query: &str) -> RequestBuilder {
    reqwest::Client::new()
        .post(server.url("/subscriptions"))
        .header(ACCEPT, "text/event-stream")
        .json(&json!({ "query": query }))
}

fn get(server: &Server, parameters: &[(&str, &str)]) -> RequestBuilder {
    let mut url = reqwest::Url::parse(&server.url("/subscriptions")).unwrap();
    url.query_pairs_mut().extend_pairs(parameters);
    reqwest::Client::new()
        .get(url)
        .header(ACCEPT, "text/event-stream")
}

/// The events of a response, as they arrive.
struct Events {
    response: Response,
    unread: String,
}

impl Events {
    async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        Self {
            response,
            unread: String::new(),
        }
    }

    /// The next event: its name and its data; nothing at the end of the stream.
    async fn next(&mut self) -> Option<(String, String)> {
        loop {
            if let Some((event, rest)) = self.unread.split_once("\n\n") {
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name));
                    line.map(|value| value.trim_start().to_owned())
                };
                let event = field("event:").zip(field("data:"));
                self.unread = rest.to_owned();
                if event.is_some() {
                    return event;
                }
                // A comment that keeps the connection alive.
                continue;
            }
            let chunk = timeout(LIMIT, self.response.chunk()).await.unwrap().unwrap()?;
            self.unread.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn next_result(&mut self) -> Value {
        let (event, data) = self.next().await.expect("the stream goes on");
        assert_eq!(event, "next");
        serde_json::from_str(&data).unwrap()
    }

    async fn expect_complete(&mut self) {
        assert_eq!(self.next().await, Some(("complete".to_owned(), String::new())));
        assert_eq!(self.next().await, None);
    }
}

fn seats(result: &Value) -> &Value {
    &result["data"]["departureUpdated"]["seatsAvailable"]
}

#[tokio::test]
async fn events_arrive_by_post_and_by_get() {
    let database = database().await;
    let server = Server::start(&database).await;
    let departure = DepartureId::new();
    let query = format!(
        "subscription {{ departureUpdated(departureId: \"{departure}\", after: \"{START}\") {{ seatsAvailable }} }}"
    );
    let with_variables = "subscription S($id: ID!) { departureUpdated(departureId: $id, after: \"ZgAAAAAAAAAA\") { seatsAvailable } }";
    let variables = json!({ "id": departure.to_string() }).to_string();
    let mut streams = [
        Events::of(post(&server, &query)).await,
        Events::of(get(&server, &[("query", &query)])).await,
        Events::of(get(
            &server,
            &[
                ("query", with_variables),
                ("variables", &variables),
                ("operationName", "S"),
            ],
        ))
        .await,
    ];
    for revision in 1..=3 {
        let event = departure_updated(departure, 10 - revision, i64::from(revision));
        consume(&database, &[event]).await.unwrap();
        for stream in &mut streams {
            assert_eq!(seats(&stream.next_result().await), 10 - revision);
        }
    }
}

#[tokio::test]
async fn refusals_are_events_too() {
    let database = database().await;
    let server = Server::start(&database).await;
    for (query, code) in [
        ("subscription {", "BAD_USER_INPUT"),
        ("subscription { nothing }", "BAD_USER_INPUT"),
        (
            "subscription { notificationReceived { cursor } }",
            "UNAUTHENTICATED",
        ),
    ] {
        let mut events = Events::of(post(&server, query)).await;
        assert_eq!(
            events.next_result().await["errors"][0]["extensions"]["code"],
            code
        );
        events.expect_complete().await;
    }
}

#[tokio::test]
async fn stream_ends_when_its_token_expires() {
    let database = database().await;
    let server = Server::start(&database).await;
    let token = server.token(registered(&database).await, 2);
    let query = "subscription { notificationReceived { cursor } }";
    let request = post(&server, query).header(AUTHORIZATION, format!("Bearer {token}"));
    let mut events = Events::of(request).await;
    let error = events.next_result().await["errors"][0].clone();
    assert_eq!(error["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(
        error["message"],
        "authentication is needed: the token has expired"
    );
    events.expect_complete().await;
}

#[tokio::test]
async fn query_has_one_result() {
    let database = database().await;
    let server = Server::start(&database).await;
    let mut events = Events::of(get(&server, &[("query", "{ __typename }")])).await;
    assert_eq!(
        events.next_result().await,
        json!({ "data": { "__typename": "Query" } })
    );
    events.expect_complete().await;
}

#[tokio::test]
async fn stopping_server_cuts_the_stream_so_that_the_client_comes_back() {
    let database = database().await;
    let server = Server::start(&database).await;
    let query = format!(
        "subscription {{ departureUpdated(departureId: \"{}\") {{ cursor }} }}",
        DepartureId::new()
    );
    let mut events = Events::of(post(&server, &query)).await;
    server.shutdown.cancel();
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn requests_that_are_none_are_refused() {
    let database = database().await;
    let server = Server::start(&database).await;
    let mutation = "mutation { markNotificationsRead(input: { ids: [] }) { errors { code } } }";
    let query = "{ __typename }";
    let url = server.url("/subscriptions");
    let client = reqwest::Client::new();
    let cases = [
        (get(&server, NO_QUERY), StatusCode::BAD_REQUEST),
        (
            get(&server, &[("query", query), ("variables", "[")]),
            StatusCode::BAD_REQUEST,
        ),
        (
            get(&server, &[("query", mutation)]),
            StatusCode::METHOD_NOT_ALLOWED,
        ),
        (
            client
                .post(&url)
                .header(CONTENT_TYPE, "application/json")
                .body("{"),
            StatusCode::BAD_REQUEST,
        ),
        (
            client.post(&url).header(CONTENT_TYPE, "text/plain").body("{}"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (
            client
                .post(&url)
                .header(ACCEPT, "application/json")
                .json(&json!({ "query": query })),
            StatusCode::NOT_ACCEPTABLE,
        ),
        (client.put(&url), StatusCode::METHOD_NOT_ALLOWED),
        (client.get(server.url("/graphql")), StatusCode::METHOD_NOT_ALLOWED),
    ];
    for (request, status) in cases {
        let answer = timeout(Duration::from_secs(5), request.send())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(answer.status(), status, "{answer:?}");
        if status == StatusCode::METHOD_NOT_ALLOWED {
            assert!(answer.headers().contains_key(ALLOW), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn operations_are_still_posted_to_graphql() {
    let database = database().await;
    let server = Server::start(&database).await;
    let answer = reqwest::Client::new()
        .post(server.url("/graphql"))
        .json(&json!({ "query": "{ __typename }" }))
        .send()
        .await
        .unwrap();
    assert_eq!(
        answer.json::<Value>().await.unwrap(),
        json!({ "data": { "__typename": "Query" } })
    );
}
