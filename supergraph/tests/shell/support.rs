//! A shell with settings of the test's own.

use std::process::Command;

use diesel_async::SimpleAsyncConnection;
use secrecy::ExposeSecret;
use service::ServiceName;
use service::testing::TestDatabase;

/// What the binary is told.
#[derive(Default)]
pub struct Shell(Vec<(String, String)>);

/// What came of a command.
#[derive(Debug)]
pub struct Ran {
    pub succeeded: bool,
    pub out: String,
    pub err: String,
}

impl Shell {
    /// With a database of a service.
    pub fn on(mut self, service: ServiceName, database: &TestDatabase) -> Self {
        let name = format!("{}_DATABASE_URL", service.setting_prefix());
        self.0.push((name, database.url.expose_secret().to_owned()));
        self
    }

    /// With all five databases.
    pub fn on_all(databases: &[TestDatabase; 5]) -> Self {
        let services = ServiceName::ALL.into_iter().zip(databases);
        services.fold(Self::default(), |shell, (service, database)| {
            shell.on(service, database)
        })
    }

    /// The settings, for another program.
    pub fn settings(&self) -> impl Iterator<Item = (String, String)> {
        self.0.iter().cloned()
    }

    /// With a setting.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs a command; nothing of the test's own environment gets into it but what says where it may look for programs.
    pub async fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_excursions"));
        command.args(arguments).env_clear().envs(self.0.iter().cloned());
        let output = tokio::task::spawn_blocking(move || command.output())
            .await
            .unwrap()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran {
            succeeded: output.status.success(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// What a command that succeeds prints.
    pub async fn prints(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments).await;
        assert!(ran.succeeded, "{arguments:?}: {ran:?}");
        ran.out
    }
}

/// A database of each service, in the order of [`ServiceName::ALL`].
pub async fn five_databases() -> [TestDatabase; 5] {
    [
        TestDatabase::new(ServiceName::Users, users::migrations).await,
        TestDatabase::new(ServiceName::Billing, billing::migrations).await,
        TestDatabase::new(ServiceName::Excursions, excursions::migrations).await,
        TestDatabase::new(ServiceName::Orders, orders::migrations).await,
        TestDatabase::new(ServiceName::Notifications, notifications::migrations).await,
    ]
}

/// Writes rows.
pub async fn write(database: &TestDatabase, sql: &str) {
    let mut connection = database.pool.get().await.unwrap();
    connection.batch_execute(sql).await.unwrap();
}
