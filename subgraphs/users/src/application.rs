//! The service put together.

use std::sync::Arc;

use axum::Router;
use chrono::TimeDelta;
use service::ServiceName;
use service::application::{Application, Foundation, StartError};
use service::auth::{Authenticator, jwks_route};
use service::config::{Environment, ServiceSettings};
use service::database::Pool;
use service::events::{OutboxHint, Topic};
use service::graphql::{Endpoint, Limits, endpoint};
use tokio_util::sync::CancellationToken;

use crate::config::UsersSettings;
use crate::password::{HashError, PasswordHasher};
use crate::token::AccessTokens;
use crate::{first_operator, graphql, housekeeping, migrations};

/// What every resolver works with.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub pool: Pool,
    /// To be told after each commit that wrote events.
    pub outbox: OutboxHint,
    /// Hashes and checks passwords.
    pub passwords: PasswordHasher,
    /// Signs access tokens.
    pub access_tokens: AccessTokens,
    /// How long a session goes on without a refresh.
    pub refresh_token_lifetime: TimeDelta,
}

impl App {
    /// What the settings ask for, on a database.
    ///
    /// # Errors
    /// [`HashError::Hash`] where passwords cannot be hashed with the parameters.
    pub fn new(pool: Pool, outbox: OutboxHint, settings: &UsersSettings) -> Result<Self, HashError> {
        Ok(Self {
            pool,
            outbox,
            passwords: PasswordHasher::new(settings.password_hashing.clone(), settings.passwords_at_a_time)?,
            access_tokens: AccessTokens::new(settings.signer.clone(), settings.access_token_lifetime),
            refresh_token_lifetime: settings.refresh_token_lifetime,
        })
    }
}

/// The service, ready to run. The first operator is set up beside it, as soon as the database lets it.
///
/// # Errors
/// [`StartError`].
pub async fn application(
    settings: ServiceSettings,
    environment: &Environment,
    shutdown: CancellationToken,
) -> Result<Application, StartError> {
    let own = UsersSettings::read(environment)?;
    let foundation = Foundation::lay(settings, migrations)?;
    let app = App::new(foundation.pool.clone(), foundation.outbox.clone(), &own);
    let app = Arc::new(app.map_err(|source| StartError::Own {
        what: "passwords cannot be hashed",
        source: source.into(),
    })?);
    let limits = foundation.settings.limits;
    let routes = routes(Arc::clone(&app), foundation.authenticator.clone(), &own, limits);
    let application = foundation
        .build(routes)
        .publishing(Topic::Users, shutdown.clone())
        .beside(housekeeping::run(Arc::clone(&app), shutdown.clone()));
    Ok(match own.first_operator {
        Some(operator) => application.beside(first_operator::set_up(app, operator, shutdown)),
        None => application,
    })
}

/// What the service answers over HTTP, apart from what all services do.
pub fn routes(
    app: Arc<App>,
    authenticator: Authenticator,
    settings: &UsersSettings,
    limits: Limits,
) -> Router {
    let schema = graphql::schema(app, limits);
    endpoint(Endpoint {
        service: ServiceName::Users,
        schema,
        authenticator,
    })
    .merge(jwks_route(&settings.signer))
}
