//! A database of a test's own, what is fed into it, and the schema over it.

use std::time::{Duration, SystemTime};

use async_graphql::{Request, Response, Value};
use diesel_async::AsyncConnection;
use notifications::events::MailAndFeed;
use notifications::feed::{Feed, Hub, Tailer};
use notifications::graphql::{NotificationsSchema, schema};
use service::ServiceName;
use service::auth::{Caller, Principal, Role};
use service::events::{ConsumeError, Consumer, Event, OutboxHint};
use service::graphql::Limits;
use service::id::UserId;
use service::testing::TestDatabase;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::events::user_registered;

/// Nothing here takes long; a test that waits so long has failed.
pub(super) const LIMIT: Duration = Duration::from_secs(20);

pub(super) async fn database() -> TestDatabase {
    TestDatabase::new(ServiceName::Notifications, notifications::migrations).await
}

/// Consumes events in one transaction, as the consumer's loop does.
pub(super) async fn consume(database: &TestDatabase, events: &[Event]) -> Result<(), ConsumeError> {
    let consumer = MailAndFeed::new(OutboxHint::default());
    let mut connection = database.pool.get().await.unwrap();
    connection
        .transaction(async |connection| consumer.consume(connection, events).await)
        .await
}

/// A user who has registered, and has a welcome mail.
pub(super) async fn registered(database: &TestDatabase) -> UserId {
    let user = UserId::new();
    consume(database, &[user_registered(user)]).await.unwrap();
    user
}

/// A process of the service, as far as the feed is concerned.
pub(super) struct Replica {
    pub(super) feed: Feed,
    pub(super) schema: NotificationsSchema,
    _tailer: DropGuard,
}

impl Replica {
    pub(super) fn start(database: &TestDatabase) -> Self {
        let hub = Hub::new();
        let feed = Feed::new(hub.clone(), database.pool.clone());
        let shutdown = CancellationToken::new();
        let tailer = Tailer {
            database_url: database.url.clone(),
            hub,
        };
        tokio::spawn(tailer.run(shutdown.clone()));
        Self {
            schema: schema(database.pool.clone(), feed.clone(), Limits::default()),
            feed,
            _tailer: shutdown.drop_guard(),
        }
    }
}

pub(super) fn customer(id: UserId) -> Caller {
    caller(id, Role::Customer)
}

pub(super) fn operator() -> Caller {
    caller(UserId::new(), Role::Operator)
}

fn caller(id: UserId, role: Role) -> Caller {
    Caller::User(Principal {
        id,
        role,
        expires_at: now() + 900,
    })
}

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

pub(super) async fn execute(schema: &NotificationsSchema, caller: Caller, query: &str) -> Response {
    schema.execute(Request::new(query).data(caller)).await
}

/// The data of a response without errors, as JSON.
pub(super) fn data(response: Response) -> serde_json::Value {
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    json(response.data)
}

pub(super) fn json(value: Value) -> serde_json::Value {
    value.into_json().unwrap()
}
