//! A trip in a world of its own: flight and hotel at participants, a local pivot, and a letter after it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel::{QueryResult, sql_query};
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use saga::journal::SagaRecord;
use saga::testing::Subject;
use saga::{
    Action, Command, Definition, Handle, LocalAction, NewSaga, Outcome, Registry, Rejection, SagaId, Step,
};
use uuid::Uuid;

use crate::database::Database;

pub const NAME: &str = "trip";
pub const VERSION: i32 = 1;

/// What participants may forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Negligence {
    NoTombstones,
    NotIdempotent,
    UndoesTwice,
}

#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    stands: i32,
    acted: bool,
    undone: bool,
}

/// What a participant keeps, by saga.
#[derive(Clone)]
struct Participant {
    negligence: Option<Negligence>,
    books: Arc<Mutex<HashMap<SagaId, Kept>>>,
}

impl Participant {
    fn new(negligence: Option<Negligence>) -> Self {
        Self {
            negligence,
            books: Arc::default(),
        }
    }

    fn stands(&self, saga: SagaId) -> i32 {
        let books = self.books.lock().unwrap();
        books.get(&saga).map_or(0, |kept| kept.stands)
    }
}

struct Act(Participant);
struct Undo(Participant);

#[async_trait]
impl Action<()> for Act {
    async fn run(&self, batch: &[Command<()>]) -> Vec<Outcome<()>> {
        let act = |command: &Command<()>| {
            let mut books = self.0.books.lock().unwrap();
            let kept = books.entry(command.saga).or_default();
            if kept.undone {
                return Outcome::Rejected(Rejection {
                    code: "UNDONE".to_owned(),
                    message: "it is undone".to_owned(),
                });
            }
            if !kept.acted || self.0.negligence == Some(Negligence::NotIdempotent) {
                kept.acted = true;
                kept.stands += 1;
            }
            Outcome::Done(())
        };
        batch.iter().map(act).collect()
    }
}

#[async_trait]
impl Action<()> for Undo {
    async fn run(&self, batch: &[Command<()>]) -> Vec<Outcome<()>> {
        let undo = |command: &Command<()>| {
            let mut books = self.0.books.lock().unwrap();
            let kept = books.entry(command.saga).or_default();
            if kept.acted && (!kept.undone || self.0.negligence == Some(Negligence::UndoesTwice)) {
                kept.stands -= 1;
            }
            kept.undone = kept.acted || self.0.negligence != Some(Negligence::NoTombstones);
            Outcome::Done(())
        };
        batch.iter().map(undo).collect()
    }
}

/// A row a saga; there is no key that would forbid a second.
struct WriteRow(&'static str);

#[async_trait]
impl LocalAction<()> for WriteRow {
    async fn run(
        &self,
        connection: &mut AsyncPgConnection,
        batch: &[Command<()>],
    ) -> QueryResult<Vec<Outcome<()>>> {
        sql_query(format!("INSERT INTO {} (saga) SELECT * FROM unnest($1)", self.0))
            .bind::<Array<SqlUuid>, _>(batch.iter().map(|command| command.saga.0).collect::<Vec<Uuid>>())
            .execute(connection)
            .await?;
        Ok(vec![Outcome::Done(()); batch.len()])
    }
}

pub struct World {
    database: Database,
    flight: Participant,
    hotel: Participant,
    letter: Participant,
}

impl World {
    pub async fn new(negligence: Option<Negligence>) -> Self {
        let database = Database::new().await;
        for table in ["confirmed", "turned_back"] {
            database
                .sql(&format!("CREATE TABLE {table} (saga uuid NOT NULL)"))
                .await;
        }
        Self {
            database,
            flight: Participant::new(negligence),
            hotel: Participant::new(negligence),
            letter: Participant::new(negligence),
        }
    }

    fn definition(&self) -> Definition<()> {
        let step = |name, participant: &Participant| {
            Step::new(name, Act(participant.clone())).undone_by(Undo(participant.clone()))
        };
        Definition::new(NAME, VERSION, step("flight", &self.flight))
            .then(step("hotel", &self.hotel))
            .then(Step::local("confirm", WriteRow("confirmed")))
            .after_pivot(Step::new("letter", Act(self.letter.clone())))
            .when_compensated(WriteRow("turned_back"))
    }

    async fn rows(&self, table: &str) -> i64 {
        self.database
            .count(&format!("SELECT count(*) AS count FROM {table}"))
            .await
    }
}

#[async_trait]
impl Subject for World {
    fn pool(&self) -> Pool<AsyncPgConnection> {
        self.database.pool.clone()
    }

    fn registry(&self) -> Registry {
        Registry::default().with(self.definition())
    }

    async fn begin(&self, handle: &Handle) {
        let saga = NewSaga::new(SagaId::new(), (NAME, VERSION, "flight"), &()).unwrap();
        let mut connection = self.database.pool.get().await.unwrap();
        let started = handle.start(&mut connection, vec![saga]).await.unwrap();
        handle.drive(started);
    }

    async fn check(&self, ended: &[SagaRecord]) {
        let [saga] = ended else {
            panic!("{} sagas", ended.len())
        };
        let id = SagaId(saga.id);
        let stands = [&self.flight, &self.hotel, &self.letter].map(|participant| participant.stands(id));
        let rows = (self.rows("confirmed").await, self.rows("turned_back").await);
        match saga.status.as_str() {
            "COMPLETED" => assert_eq!((stands, rows), ([1, 1, 1], (1, 0)), "completed"),
            "COMPENSATED" => assert_eq!((stands, rows), ([0, 0, 0], (0, 1)), "compensated"),
            other => panic!("it ended {other}"),
        }
    }
}
