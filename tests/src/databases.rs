//! The five databases, for what the API does not show: that nothing was written.

use diesel::sql_types::{Jsonb, Text};
use diesel::{ConnectionError, QueryableByName, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::stack::{Service, SettingError, Stack};

/// Why a database could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Its URL is not set.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// It does not let us in.
    #[error("cannot connect to the database of {service}")]
    Connect {
        /// Which.
        service: Service,
        /// Why.
        #[source]
        source: ConnectionError,
    },
    /// The query fails.
    #[error("the database of {service} cannot be read")]
    Read {
        /// Which.
        service: Service,
        /// Why.
        #[source]
        source: diesel::result::Error,
    },
}

#[derive(QueryableByName)]
struct Rows {
    #[diesel(sql_type = Jsonb)]
    rows: Value,
}

/// Everything that a user owns, caused or received: a table, and the rows that are about the user `$1`, a text.
const BELONGINGS: [(Service, &str, &str); 15] = [
    (Service::Users, "users", "id = $1::uuid"),
    (Service::Users, "sessions", "user_id = $1::uuid"),
    (
        Service::Users,
        "refresh_tokens",
        "session_id IN (SELECT id FROM sessions WHERE user_id = $1::uuid)",
    ),
    (Service::Billing, "accounts", "owner_id = $1::uuid"),
    (
        Service::Billing,
        "transfers",
        "customer_account_id IN (SELECT id FROM accounts WHERE owner_id = $1::uuid)",
    ),
    (Service::Excursions, "excursions", "created_by = $1::uuid"),
    (Service::Excursions, "departures", "created_by = $1::uuid"),
    (
        Service::Excursions,
        "reservations",
        "departure_id IN (SELECT id FROM departures WHERE created_by = $1::uuid)",
    ),
    (Service::Orders, "orders", "customer_id = $1::uuid"),
    (
        Service::Orders,
        "tickets",
        "order_id IN (SELECT id FROM orders WHERE customer_id = $1::uuid)",
    ),
    (
        Service::Orders,
        "order_cancellations",
        "requested_by = $1::uuid OR order_id IN (SELECT id FROM orders WHERE customer_id = $1::uuid)",
    ),
    (Service::Orders, "cancellations", "requested_by = $1::uuid"),
    (
        Service::Orders,
        "sagas",
        "subject IN (SELECT id FROM orders WHERE customer_id = $1::uuid)
         OR id IN (SELECT id FROM cancellations WHERE requested_by = $1::uuid)",
    ),
    (
        Service::Orders,
        "saga_journal",
        "saga_id IN (SELECT s.id FROM sagas s JOIN orders o ON o.id = s.subject WHERE o.customer_id = $1::uuid)",
    ),
    (Service::Notifications, "notifications", "user_id = $1::uuid"),
];

/// A connection to each database.
pub struct Databases {
    users: AsyncPgConnection,
    billing: AsyncPgConnection,
    excursions: AsyncPgConnection,
    orders: AsyncPgConnection,
    notifications: AsyncPgConnection,
}

impl Databases {
    /// Connects to all five.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn open(stack: &Stack) -> Result<Self, DatabaseError> {
        Ok(Self {
            users: connect(stack, Service::Users).await?,
            billing: connect(stack, Service::Billing).await?,
            excursions: connect(stack, Service::Excursions).await?,
            orders: connect(stack, Service::Orders).await?,
            notifications: connect(stack, Service::Notifications).await?,
        })
    }

    const fn of(&self, service: Service) -> &AsyncPgConnection {
        match service {
            Service::Users => &self.users,
            Service::Billing => &self.billing,
            Service::Excursions => &self.excursions,
            Service::Orders => &self.orders,
            Service::Notifications => &self.notifications,
        }
    }

    /// All rows, in all databases, that are about a user.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn belongings(&self, user: Uuid) -> Result<Vec<(&'static str, Value)>, DatabaseError> {
        let mut found = Vec::with_capacity(BELONGINGS.len());
        for (service, table, condition) in BELONGINGS {
            let rows = self.rows(service, table, condition, &user.to_string()).await?;
            found.push((table, rows));
        }
        Ok(found)
    }

    /// The rows of a table that a condition on one text, `$1`, picks, as JSON.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn rows(
        &self,
        service: Service,
        table: &str,
        condition: &str,
        key: &str,
    ) -> Result<Value, DatabaseError> {
        let query = format!(
            "SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)), '[]') AS rows FROM {table} t
             WHERE {condition}"
        );
        let query = sql_query(query).bind::<Text, _>(key);
        let found: Result<Rows, _> = query.get_result(&mut self.of(service)).await;
        found
            .map(|found| found.rows)
            .map_err(|source| DatabaseError::Read { service, source })
    }
}

async fn connect(stack: &Stack, service: Service) -> Result<AsyncPgConnection, DatabaseError> {
    let url = stack.database_url_of(service)?;
    let connection = AsyncPgConnection::establish(&url).await;
    connection.map_err(|source| DatabaseError::Connect { service, source })
}
