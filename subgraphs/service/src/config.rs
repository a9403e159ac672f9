//! Settings from the environment: typed, read once at start, refused with one line that names the setting.
//!
//! A setting that is empty counts as absent, so that `NAME=` in a file of settings means "the default".

use std::collections::HashMap;
use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use secrecy::SecretString;

use crate::ServiceName;
use crate::events::InboxRetention;
use crate::graphql::Limits;

/// Why a setting cannot be used. The text never holds the value of a secret.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// A setting without a default is absent.
    #[error("{name} is not set: it must hold {meaning}")]
    Missing {
        /// The setting.
        name: String,
        /// What it is for.
        meaning: &'static str,
    },
    /// The value does not parse.
    #[error("{name}=\"{value}\" is wrong: it must hold {meaning} ({reason})")]
    Invalid {
        /// The setting.
        name: String,
        /// What was found.
        value: String,
        /// What it is for.
        meaning: &'static str,
        /// What the parser said.
        reason: String,
    },
    /// The value of a secret, or the file that it names, cannot be used.
    #[error("{name} is wrong: it must hold {meaning} ({reason})")]
    InvalidSecret {
        /// The setting.
        name: String,
        /// What it is for.
        meaning: &'static str,
        /// What is wrong, without the value.
        reason: String,
    },
}

/// Where settings come from.
#[derive(Clone, Debug)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self(std::env::vars().collect())
    }

    /// Given settings, for tests.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// A setting that may be absent.
    ///
    /// # Errors
    /// [`SettingError::Invalid`] where it is present and does not parse.
    pub fn optional<T>(&self, name: &str, meaning: &'static str) -> Result<Option<T>, SettingError>
    where
        T: FromStr<Err: Display>,
    {
        self.value(name)
            .map(|value| {
                value.parse().map_err(|error: T::Err| SettingError::Invalid {
                    name: name.to_owned(),
                    value: value.to_owned(),
                    meaning,
                    reason: error.to_string(),
                })
            })
            .transpose()
    }

    /// A setting with a default.
    ///
    /// # Errors
    /// [`SettingError::Invalid`] where it is present and does not parse.
    pub fn or<T>(&self, name: &str, meaning: &'static str, default: T) -> Result<T, SettingError>
    where
        T: FromStr<Err: Display>,
    {
        Ok(self.optional(name, meaning)?.unwrap_or(default))
    }

    /// A setting that must be there.
    ///
    /// # Errors
    /// [`SettingError::Missing`] or [`SettingError::Invalid`].
    pub fn required<T>(&self, name: &str, meaning: &'static str) -> Result<T, SettingError>
    where
        T: FromStr<Err: Display>,
    {
        self.optional(name, meaning)?
            .ok_or_else(|| SettingError::Missing {
                name: name.to_owned(),
                meaning,
            })
    }

    /// A secret that must be there. Its value is never printed.
    ///
    /// # Errors
    /// [`SettingError::Missing`].
    pub fn secret(&self, name: &str, meaning: &'static str) -> Result<SecretString, SettingError> {
        self.value(name)
            .map(SecretString::from)
            .ok_or_else(|| SettingError::Missing {
                name: name.to_owned(),
                meaning,
            })
    }

    /// The content of the file that a setting names, for keys.
    ///
    /// # Errors
    /// [`SettingError::Missing`], or [`SettingError::InvalidSecret`] where the file cannot be read.
    pub fn secret_file(&self, name: &str, meaning: &'static str) -> Result<SecretString, SettingError> {
        let path: String = self.required(name, meaning)?;
        read_secret(name, meaning, &path)
    }

    /// The contents of the files that a setting names, `path[,path]`, each with its path; none where it is absent.
    ///
    /// # Errors
    /// [`SettingError::InvalidSecret`] where a file cannot be read.
    pub fn secret_files(
        &self,
        name: &str,
        meaning: &'static str,
    ) -> Result<Vec<(String, SecretString)>, SettingError> {
        let paths = self.value(name).unwrap_or_default().split(',').map(str::trim);
        paths
            .filter(|path| !path.is_empty())
            .map(|path| Ok((path.to_owned(), read_secret(name, meaning, path)?)))
            .collect()
    }
}

fn read_secret(name: &str, meaning: &'static str, path: &str) -> Result<SecretString, SettingError> {
    std::fs::read_to_string(path)
        .map(SecretString::from)
        .map_err(|error| SettingError::InvalidSecret {
            name: name.to_owned(),
            meaning,
            reason: format!("{path}: {error}"),
        })
}

/// What every service is told: where to listen, its database, the broker and where the others are.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// Which service.
    pub name: ServiceName,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its own database.
    pub database_url: SecretString,
    /// The most connections that its pool opens.
    pub database_pool_size: usize,
    /// The broker, `host:port[,host:port]`.
    pub kafka_brokers: String,
    /// How long inbox rows are kept.
    pub inbox_retention: InboxRetention,
    /// What a GraphQL operation may ask for.
    pub limits: Limits,
    /// Where the services are, without a slash at the end.
    peers: HashMap<ServiceName, String>,
}

impl ServiceSettings {
    /// Reads the settings of one service.
    ///
    /// # Errors
    /// The first setting that is missing or wrong.
    pub fn read(environment: &Environment, name: ServiceName) -> Result<Self, SettingError> {
        let bind = environment.or(
            "SERVICES_BIND",
            "the address to listen on",
            IpAddr::V4(Ipv4Addr::LOCALHOST),
        )?;
        let port_setting = format!("{}_PORT", name.setting_prefix());
        let port = environment.or(&port_setting, "the port to listen on", name.default_port())?;
        Ok(Self {
            name,
            address: SocketAddr::new(bind, port),
            database_url: database_url(environment, name)?,
            database_pool_size: environment.or(
                "DATABASE_POOL_SIZE",
                "how many connections a service may open",
                10,
            )?,
            kafka_brokers: kafka_brokers(environment)?,
            inbox_retention: environment.or(
                "INBOX_RETENTION_DAYS",
                "for how many days taken-up events are remembered",
                InboxRetention::default(),
            )?,
            limits: Limits {
                introspection: environment.or(
                    "GRAPHQL_INTROSPECTION",
                    "true or false: whether the subgraph tells its schema",
                    true,
                )?,
            },
            peers: peers(environment)?,
        })
    }

    /// Where a service answers.
    #[must_use]
    pub fn url_of(&self, service: ServiceName) -> &str {
        &self.peers[&service]
    }

    /// Where a service answers GraphQL.
    #[must_use]
    pub fn graphql_url_of(&self, service: ServiceName) -> String {
        format!("{}/graphql", self.url_of(service))
    }

    /// Where a service shows the public keys that its tokens are signed with.
    #[must_use]
    pub fn jwks_url_of(&self, service: ServiceName) -> String {
        format!("{}/.well-known/jwks.json", self.url_of(service))
    }
}

/// The URL of a service's database.
///
/// # Errors
/// [`SettingError::Missing`].
pub fn database_url(environment: &Environment, name: ServiceName) -> Result<SecretString, SettingError> {
    environment.secret(
        &format!("{}_DATABASE_URL", name.setting_prefix()),
        "the PostgreSQL URL of the service's own database, postgres://role:password@host:port/name",
    )
}

/// The broker's address.
///
/// # Errors
/// [`SettingError::Invalid`] never in practice: any text is an address until it is dialled.
pub fn kafka_brokers(environment: &Environment) -> Result<String, SettingError> {
    environment.or(
        "KAFKA_BROKERS",
        "Kafka's bootstrap servers, host:port[,…]",
        "127.0.0.1:9092".to_owned(),
    )
}

fn peers(environment: &Environment) -> Result<HashMap<ServiceName, String>, SettingError> {
    ServiceName::ALL
        .into_iter()
        .map(|service| {
            let prefix = service.setting_prefix();
            let port = environment.or(
                &format!("{prefix}_PORT"),
                "the port to listen on",
                service.default_port(),
            )?;
            let url = environment.or(
                &format!("{prefix}_URL"),
                "where the service answers, http://host:port",
                format!("http://127.0.0.1:{port}"),
            )?;
            Ok((service, url.trim_end_matches('/').to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_setting_is_named() {
        let error = ServiceSettings::read(&Environment::from_pairs([]), ServiceName::Billing).unwrap_err();
        assert!(
            error.to_string().starts_with("BILLING_DATABASE_URL is not set"),
            "{error}"
        );
    }

    #[test]
    fn wrong_setting_is_named_with_its_value() {
        let environment = Environment::from_pairs([("BILLING_PORT", "ninety")]);
        let error = ServiceSettings::read(&environment, ServiceName::Billing).unwrap_err();
        assert!(
            error.to_string().starts_with("BILLING_PORT=\"ninety\" is wrong"),
            "{error}"
        );
    }

    #[test]
    fn peers_follow_the_ports_unless_their_url_is_set() {
        let environment = Environment::from_pairs([
            ("BILLING_DATABASE_URL", "postgres://billing@localhost/billing"),
            ("USERS_PORT", "5001"),
            ("ORDERS_URL", "http://orders:8080/"),
        ]);
        let settings = ServiceSettings::read(&environment, ServiceName::Billing).unwrap();
        assert_eq!(settings.url_of(ServiceName::Users), "http://127.0.0.1:5001");
        assert_eq!(
            settings.graphql_url_of(ServiceName::Orders),
            "http://orders:8080/graphql"
        );
    }
}
