//! How the service is put together.

use service::ServiceName;
use service::application::{Application, Foundation, StartError};
use service::config::{Environment, ServiceSettings};
use service::events::{Topic, consume, sweep_inbox};
use service::graphql::{Endpoint, endpoint};
use tokio_util::sync::CancellationToken;

use crate::config::FeedSettings;
use crate::events::MailAndFeed;
use crate::feed::{Feed, Hub, Tailer, sweep};
use crate::graphql::schema;
use crate::meters;
use crate::transport::{SocketLimits, Transport};

/// What the service hears of, as the consumer group of its name.
pub const TOPICS: [Topic; 3] = [Topic::Users, Topic::Excursions, Topic::Orders];

/// The service, ready to run.
///
/// # Errors
/// [`StartError`].
pub async fn application(
    settings: ServiceSettings,
    environment: &Environment,
    shutdown: CancellationToken,
) -> Result<Application, StartError> {
    let feed_settings = FeedSettings::read(environment)?;
    meters::describe();
    let foundation = Foundation::lay(settings, crate::migrations)?;
    let pool = foundation.pool.clone();

    let hub = Hub::new();
    let tailer = Tailer {
        database_url: foundation.settings.database_url.clone(),
        hub: hub.clone(),
    };
    let limits = foundation.settings.limits;
    let schema = schema(pool.clone(), Feed::new(hub, pool.clone()), limits);
    let transport = Transport::new(
        schema.clone(),
        foundation.authenticator.clone(),
        SocketLimits::default(),
        shutdown.clone(),
    );
    let routes = endpoint(Endpoint {
        service: ServiceName::Notifications,
        schema,
        authenticator: foundation.authenticator.clone(),
    })
    .merge(transport.routes());

    let brokers = foundation.settings.kafka_brokers.clone();
    let consumer = MailAndFeed::new(foundation.outbox.clone());
    let consuming = {
        let (pool, shutdown) = (pool.clone(), shutdown.clone());
        async move {
            let group = ServiceName::Notifications.as_str();
            if let Err(error) = consume(&brokers, group, &TOPICS, pool, consumer, shutdown).await {
                tracing::error!(%error, "notifications does not hear of what happens");
            }
        }
    };
    let forgetting = sweep_inbox(
        ServiceName::Notifications,
        pool.clone(),
        foundation.settings.inbox_retention,
        shutdown.clone(),
    );
    Ok(foundation
        .build(routes)
        .publishing(Topic::Notifications, shutdown.clone())
        .beside(consuming)
        .beside(forgetting)
        .beside(tailer.run(shutdown.clone()))
        .beside(sweep(pool, feed_settings.retention, shutdown))
        .beside(transport.close()))
}
