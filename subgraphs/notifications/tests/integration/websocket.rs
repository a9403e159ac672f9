//! GraphQL over WebSocket, as the protocol prescribes it, with a real client.

use std::time::Duration;

use notifications::transport::SocketLimits;
use serde_json::{Value, json};
use service::id::{DepartureId, UserId};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::events::{Order, departure_updated};
use super::harness::{consume, database, registered};
use super::server::Server;
use super::websocket_client::Client;

/// A cursor from before everything.
const START: &str = "ZgAAAAAAAAAA";

fn departure_query(departure: DepartureId, after: &str) -> String {
    format!(
        "subscription {{ departureUpdated(departureId: \"{departure}\", after: \"{after}\") {{ cursor seatsAvailable }} }}"
    )
}

fn seats(message: &Value) -> &Value {
    &message["payload"]["data"]["departureUpdated"]["seatsAvailable"]
}

#[tokio::test]
async fn only_the_modern_subprotocol_is_spoken() {
    let database = database().await;
    let server = Server::start(&database).await;
    for path in ["/graphql", "/subscriptions"] {
        for offered in [
            "graphql-transport-ws",
            "graphql-ws, graphql-transport-ws",
            "graphql-transport-ws,graphql-ws",
        ] {
            let (_, chosen) = Client::offer(&server, path, offered, None).await.ok().unwrap();
            assert_eq!(chosen, "graphql-transport-ws", "{path} {offered}");
        }
        for offered in ["graphql-ws", "soap", ""] {
            let refused = Client::offer(&server, path, offered, None).await;
            assert_eq!(refused.err(), Some(StatusCode::BAD_REQUEST), "{path} {offered}");
        }
    }
}

#[tokio::test]
async fn connection_that_is_not_initialised_in_time_is_closed() {
    let database = database().await;
    let limits = SocketLimits {
        init_timeout: Duration::from_secs(1),
        ..SocketLimits::default()
    };
    let server = Server::with_limits(&database, limits).await;
    let mut client = Client::connect(&server).await;
    // Pings are no initialisation.
    client.say(&json!({ "type": "ping" })).await;
    client.expect(&json!({ "type": "pong" })).await;
    let closed = (4408, "Connection initialisation timeout".to_owned());
    assert_eq!(client.closed().await, closed);
}

#[tokio::test]
async fn initialised_connection_outlives_the_time_for_it() {
    let database = database().await;
    let limits = SocketLimits {
        init_timeout: Duration::from_secs(1),
        ping_interval: Duration::from_millis(1_500),
        ..SocketLimits::default()
    };
    let server = Server::with_limits(&database, limits).await;
    let mut client = Client::ready(&server, None).await;
    client.expect(&json!({ "type": "ping" })).await;
}

#[tokio::test]
async fn second_initialisation_closes_the_socket() {
    let database = database().await;
    let server = Server::start(&database).await;
    let mut client = Client::ready(&server, None).await;
    client.say(&json!({ "type": "connection_init" })).await;
    let closed = (4429, "Too many initialisation requests".to_owned());
    assert_eq!(client.closed().await, closed);
}

#[tokio::test]
async fn operation_before_the_acknowledgement_closes_the_socket() {
    let database = database().await;
    let server = Server::start(&database).await;
    let mut client = Client::connect(&server).await;
    client
        .subscribe("1", "subscription { notificationReceived { cursor } }")
        .await;
    assert_eq!(client.closed().await, (4401, "Unauthorized".to_owned()));
}

#[tokio::test]
async fn what_is_no_message_closes_the_socket() {
    let database = database().await;
    let server = Server::start(&database).await;
    for frame in [
        Message::text("hello"),
        Message::text(r#"{"type":"start","id":"1","payload":{"query":"{a}"}}"#),
        Message::text(r#"{"type":"subscribe","id":"1","payload":{}}"#),
        Message::binary(br#"{"type":"ping"}"#.to_vec()),
    ] {
        let mut client = Client::ready(&server, None).await;
        client.send(frame.clone()).await;
        let (code, reason) = client.closed().await;
        assert_eq!(code, 4400, "{frame:?}");
        assert!(reason.starts_with("Invalid message: "), "{reason}");
    }
}

#[tokio::test]
async fn token_that_does_not_hold_closes_the_socket() {
    let database = database().await;
    let server = Server::start(&database).await;
    let expired = server.token(UserId::new(), -60);
    for token in ["nonsense", "Basic YTpi", expired.as_str()] {
        let mut client = Client::connect(&server).await;
        let payload = json!({ "authorization": token });
        client
            .say(&json!({ "type": "connection_init", "payload": payload }))
            .await;
        let (code, reason) = client.closed().await;
        assert_eq!(code, 4403, "{token}");
        assert!(reason.starts_with("Forbidden: "), "{reason}");
    }
}

#[tokio::test]
async fn socket_is_closed_when_its_token_expires() {
    let database = database().await;
    let server = Server::start(&database).await;
    let token = server.token(registered(&database).await, 2);
    let mut client = Client::ready(&server, Some(&token)).await;
    client
        .subscribe("1", "subscription { notificationReceived { cursor } }")
        .await;
    let closed = (4403, "Forbidden: token expired".to_owned());
    assert_eq!(client.closed().await, closed);
}

#[tokio::test]
async fn id_of_a_running_operation_closes_the_socket() {
    let database = database().await;
    let server = Server::start(&database).await;
    let mut client = Client::ready(&server, None).await;
    let query = departure_query(DepartureId::new(), START);
    client.subscribe("one", &query).await;
    client.subscribe("one", &query).await;
    let closed = (4409, "Subscriber for one already exists".to_owned());
    assert_eq!(client.closed().await, closed);
}

#[tokio::test]
async fn token_comes_with_the_init_message_or_with_the_upgrade() {
    let database = database().await;
    let server = Server::start(&database).await;
    let user = registered(&database).await;
    let token = server.token(user, 600);
    let bearer = format!("Bearer {token}");
    let query =
        format!("subscription {{ notificationReceived(after: \"{START}\") {{ notification {{ kind }} }} }}");
    let welcome = json!({
        "type": "next", "id": "1",
        "payload": { "data": { "notificationReceived": { "notification": { "kind": "WELCOME" } } } },
    });
    let ways: [(Option<&str>, Value); 5] = [
        (None, json!({ "authorization": token })),
        (None, json!({ "Authorization": bearer })),
        (Some(&bearer), json!({})),
        (Some(&bearer), json!(null)),
        (Some("Bearer nonsense"), json!({ "authorization": bearer })),
    ];
    for (header, payload) in ways {
        let offered = Client::offer(&server, "/subscriptions", "graphql-transport-ws", header).await;
        let (mut client, _) = offered.ok().unwrap();
        client
            .say(&json!({ "type": "connection_init", "payload": payload }))
            .await;
        client.expect(&json!({ "type": "connection_ack" })).await;
        client.subscribe("1", &query).await;
        client.expect(&welcome).await;
    }
}

#[tokio::test]
async fn pings_are_answered_and_sent() {
    let database = database().await;
    let limits = SocketLimits {
        ping_interval: Duration::from_millis(200),
        silence: Duration::from_secs(2),
        ..SocketLimits::default()
    };
    let server = Server::with_limits(&database, limits).await;
    let mut client = Client::ready(&server, None).await;
    client
        .say(&json!({ "type": "ping", "payload": { "at": 7 } }))
        .await;
    client
        .expect(&json!({ "type": "pong", "payload": { "at": 7 } }))
        .await;
    for _ in 0..5 {
        client.expect(&json!({ "type": "ping" })).await;
        client.say(&json!({ "type": "pong" })).await;
    }
    // Who falls silent is given up.
    let code = loop {
        match client.next_or_close().await {
            Ok(message) => assert_eq!(message, json!({ "type": "ping" })),
            Err((code, _)) => break code,
        }
    };
    assert_eq!(code, 1001);
}

#[tokio::test]
async fn events_arrive_until_the_client_has_enough_and_go_on_where_it_left() {
    let database = database().await;
    let server = Server::start(&database).await;
    let departure = DepartureId::new();
    let mut client = Client::ready(&server, None).await;
    client.subscribe("a", &departure_query(departure, START)).await;
    consume(&database, &[departure_updated(departure, 9, 1)])
        .await
        .unwrap();
    let first = client.hear().await;
    assert_eq!((&first["type"], &first["id"]), (&json!("next"), &json!("a")));
    assert_eq!(seats(&first), 9);
    client.say(&json!({ "type": "complete", "id": "a" })).await;
    consume(&database, &[departure_updated(departure, 8, 2)])
        .await
        .unwrap();

    let cursor = first["payload"]["data"]["departureUpdated"]["cursor"]
        .as_str()
        .unwrap();
    // The id is free again, and what comes is the new operation's.
    client.subscribe("a", &departure_query(departure, cursor)).await;
    assert_eq!(seats(&client.hear().await), 8);
    consume(&database, &[departure_updated(departure, 7, 3)])
        .await
        .unwrap();
    assert_eq!(seats(&client.hear().await), 7);
}

#[tokio::test]
async fn operation_that_cannot_begin_is_an_error_and_spares_the_others() {
    let database = database().await;
    let server = Server::start(&database).await;
    let departure = DepartureId::new();
    let mut client = Client::ready(&server, None).await;
    client.subscribe("good", &departure_query(departure, START)).await;
    for (query, code) in [
        ("subscription {", "BAD_USER_INPUT"),
        ("subscription { nothing }", "BAD_USER_INPUT"),
        (
            "subscription { notificationReceived { cursor } }",
            "UNAUTHENTICATED",
        ),
        (
            "subscription { departureUpdated(departureId: \"7\") { cursor } }",
            "BAD_USER_INPUT",
        ),
    ] {
        client.subscribe("bad", query).await;
        let error = client.hear().await;
        assert_eq!(
            (&error["type"], &error["id"]),
            (&json!("error"), &json!("bad")),
            "{query}"
        );
        assert_eq!(error["payload"][0]["extensions"]["code"], code, "{error}");
    }
    consume(&database, &[departure_updated(departure, 9, 1)])
        .await
        .unwrap();
    // Nothing is said of "bad" after its error: no complete.
    assert_eq!(seats(&client.hear().await), 9);
}

#[tokio::test]
async fn queries_and_mutations_have_one_result() {
    let database = database().await;
    let server = Server::start(&database).await;
    let user = registered(&database).await;
    let mut client = Client::ready(&server, Some(&server.token(user, 600))).await;
    let variables = json!({ "user": [{ "__typename": "User", "id": user.to_string() }] });
    let query = "query Count($user: [_Any!]!) { _entities(representations: $user) { ... on User { unreadNotifications } } }";
    client
        .say(&json!({
            "type": "subscribe", "id": "1",
            "payload": { "query": query, "variables": variables, "operationName": "Count" },
        }))
        .await;
    client
        .expect(&json!({
            "type": "next", "id": "1",
            "payload": { "data": { "_entities": [{ "unreadNotifications": 1 }] } },
        }))
        .await;
    client.expect(&json!({ "type": "complete", "id": "1" })).await;
}

#[tokio::test]
async fn socket_runs_so_many_operations_and_no_more() {
    let database = database().await;
    let limits = SocketLimits {
        operations: 3,
        ..SocketLimits::default()
    };
    let server = Server::with_limits(&database, limits).await;
    let mut client = Client::ready(&server, None).await;
    for id in ["1", "2", "3", "4"] {
        client
            .subscribe(id, &departure_query(DepartureId::new(), START))
            .await;
    }
    let refused = client.hear().await;
    assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!("4")));
    assert_eq!(refused["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    client.say(&json!({ "type": "complete", "id": "1" })).await;
    let departure = DepartureId::new();
    client.subscribe("4", &departure_query(departure, START)).await;
    consume(&database, &[departure_updated(departure, 2, 1)])
        .await
        .unwrap();
    assert_eq!(client.hear().await["id"], "4");
}

#[tokio::test]
async fn client_that_says_goodbye_is_answered() {
    let database = database().await;
    let server = Server::start(&database).await;
    let mut client = Client::ready(&server, None).await;
    client
        .subscribe("1", &departure_query(DepartureId::new(), START))
        .await;
    let goodbye = CloseFrame {
        code: CloseCode::Normal,
        reason: "enough".into(),
    };
    client.send(Message::Close(Some(goodbye))).await;
    assert_eq!(client.closed().await, (1000, "enough".to_owned()));
}

#[tokio::test]
async fn stopping_server_says_so() {
    let database = database().await;
    let server = Server::start(&database).await;
    let mut client = Client::ready(&server, None).await;
    client
        .subscribe("1", &departure_query(DepartureId::new(), START))
        .await;
    server.shutdown.cancel();
    assert_eq!(client.closed().await.0, 1001);
}

#[tokio::test]
async fn customers_see_their_own_orders_only() {
    let database = database().await;
    let server = Server::start(&database).await;
    let (one, other) = (registered(&database).await, registered(&database).await);
    let query = format!("subscription {{ orderUpdated(after: \"{START}\") {{ order {{ id }} }} }}");
    let orders = [Order::of(one), Order::of(other)];
    for order in &orders {
        let token = server.token(order.customer, 600);
        let mut client = Client::ready(&server, Some(&token)).await;
        client.subscribe("1", &query).await;
        let events = orders.map(|order| order.placed());
        consume(&database, &events).await.unwrap();
        let heard = client.hear().await;
        let id = &heard["payload"]["data"]["orderUpdated"]["order"]["id"];
        assert_eq!(id, &order.id.to_string());
    }
}
