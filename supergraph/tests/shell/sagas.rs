//! `excursions sagas`.

use diesel::QueryableByName;
use diesel::sql_types::{Nullable, Text};
use diesel_async::RunQueryDsl;
use service::ServiceName;
use service::testing::TestDatabase;

use crate::support::{Shell, write};

const PARKED: &str = "01a20000-0000-7000-8000-000000000001";
const RUNNING: &str = "01a20000-0000-7000-8000-000000000002";
const DONE: &str = "01a20000-0000-7000-8000-000000000003";
const STRANGE: &str = "01a20000-0000-7000-8000-000000000004";

/// A parked booking, a cancellation that is driven, a completed booking, and one of a version that no process knows.
async fn shell() -> (Shell, TestDatabase) {
    let database = TestDatabase::new(ServiceName::Orders, orders::migrations).await;
    let sql = format!(
        "INSERT INTO saga_workers (id, lease_until, definitions, versions)
         VALUES (gen_random_uuid(), now() + interval '1 hour', '{{book-excursion,cancel-order}}', '{{1,1}}');
         INSERT INTO sagas (id, definition, version, subject, status, direction, position, step, attempts, state, last_error,
                            owner, entries, updated_at, ended_at)
         VALUES ('{PARKED}', 'book-excursion', 1, '{PARKED}', 'PARKED', 'BACKWARD', 1, 'charge', 7, '{{}}',
                 'the participant does not answer', NULL, 3, now() - interval '2 hours', NULL),
                ('{RUNNING}', 'cancel-order', 1, NULL, 'RUNNING', 'FORWARD', 0, 'refund', 0, '{{}}', NULL,
                 gen_random_uuid(), 1, now(), NULL),
                ('{DONE}', 'book-excursion', 1, NULL, 'COMPLETED', 'FORWARD', 3, 'confirm', 0, '{{}}', NULL, NULL, 6, now(), now()),
                ('{STRANGE}', 'book-excursion', 3, NULL, 'RUNNING', 'FORWARD', 0, 'quote', 0, '{{}}', NULL, NULL, 1, now(), NULL);
         INSERT INTO saga_journal (saga_id, entry, epoch, kind, step, direction, message)
         VALUES ('{PARKED}', 1, 1, 'STARTED', NULL, 'FORWARD', NULL),
                ('{PARKED}', 2, 1, 'STEP_REJECTED', 'reserve', 'FORWARD', 'sold out'),
                ('{PARKED}', 3, 1, 'PARKED', 'charge', 'BACKWARD', 'the participant does not answer')"
    );
    write(&database, &sql).await;
    let shell = Shell::default()
        .on(ServiceName::Orders, &database)
        .with("USER", "kim");
    (shell, database)
}

/// The ids in a table, from the top.
fn ids(table: &str) -> Vec<&str> {
    let words = table.lines().filter_map(|line| line.split_whitespace().next());
    words.filter(|word| word.starts_with("01a2")).collect()
}

#[derive(Debug, PartialEq, Eq, QueryableByName)]
struct Entry {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    message: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    actor: Option<String>,
}

async fn last_entry(database: &TestDatabase, saga: &str) -> Entry {
    let query = format!(
        "SELECT kind, message, actor FROM saga_journal WHERE saga_id = '{saga}' ORDER BY entry DESC LIMIT 1"
    );
    let mut connection = database.pool.get().await.unwrap();
    diesel::sql_query(query)
        .get_result(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn sagas_are_listed_by_what_is_asked_for() {
    let (shell, _database) = shell().await;
    let list = async |options: &[&str]| {
        let arguments = [&["sagas", "list"], options].concat();
        let table = shell.prints(&arguments).await;
        ids(&table).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(list(&[]).await, [STRANGE, DONE, RUNNING, PARKED], "newest first");
    assert_eq!(list(&["--definition", "cancel-order"]).await, [RUNNING]);
    assert_eq!(list(&["--step", "charge"]).await, [PARKED]);
    assert_eq!(list(&["--stuck-for", "1h"]).await, [PARKED]);
    assert_eq!(list(&["--stuck-for", "3h"]).await, [""; 0]);
    assert_eq!(list(&["--status", "completed"]).await, [DONE]);
    assert_eq!(list(&["--status", "running"]).await, [RUNNING]);
    assert_eq!(list(&["--limit", "1"]).await, [STRANGE]);
    assert_eq!(list(&["--status", "parked"]).await, [STRANGE, PARKED]);
    let parked = shell.prints(&["sagas", "list", "--status", "PARKED"]).await;
    assert!(
        parked.contains("no process knows book-excursion version 3"),
        "{parked}"
    );
    assert!(parked.contains("the participant does not answer"), "{parked}");
    let wrong = shell.run(&["sagas", "list", "--status", "stuck"]).await;
    assert!(!wrong.succeeded && wrong.err.contains("PARKED"), "{wrong:?}");
}

#[tokio::test]
async fn saga_is_shown_with_its_journal_in_plain_words() {
    let (shell, _database) = shell().await;
    let shown = shell.prints(&["sagas", "show", PARKED]).await;
    for told in [
        "book-excursion version 1",
        "PARKED at undoing charge, 7 failed attempts",
        "the order was placed",
        "refused: sold out",
        "a person is needed: the participant does not answer",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let unknown = shell
        .run(&["sagas", "show", "01a20000-0000-7000-8000-0000000000ff"])
        .await;
    assert!(
        !unknown.succeeded && unknown.err.contains("there is no saga"),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn parked_sagas_are_sent_on_and_the_journal_says_by_whom_and_why() {
    let (shell, database) = shell().await;
    let retry = [
        "sagas",
        "retry",
        "--status",
        "parked",
        "--reason",
        "billing is back",
    ];
    let dry = shell.prints(&[&retry[..], &["--dry-run"]].concat()).await;
    assert_eq!(
        ids(&dry),
        [PARKED],
        "what no process knows goes on by itself: {dry}"
    );
    assert_eq!(
        last_entry(&database, PARKED).await.kind,
        "PARKED",
        "nothing was done"
    );

    let moved = shell.prints(&retry).await;
    assert!(
        moved.contains("COMPENSATING") && moved.contains("sent on: 1 saga"),
        "{moved}"
    );
    let told = Entry {
        kind: "RESUMED".to_owned(),
        message: Some("billing is back".to_owned()),
        actor: Some("kim".to_owned()),
    };
    assert_eq!(last_entry(&database, PARKED).await, told);
}

#[tokio::test]
async fn sagas_are_given_up_by_name() {
    let (shell, database) = shell().await;
    let abandon = async |ids: &[&str]| {
        let arguments = [
            &["sagas", "abandon"],
            ids,
            &["--reason", "settled by phone", "--who", "lee"],
        ]
        .concat();
        shell.run(&arguments).await
    };
    let unknown = "01a20000-0000-7000-8000-0000000000ff";
    let refused = abandon(&[PARKED, unknown]).await;
    assert!(!refused.succeeded && refused.err.contains(unknown), "{refused:?}");
    assert_eq!(
        last_entry(&database, PARKED).await.kind,
        "PARKED",
        "nothing was done"
    );

    let some = abandon(&[PARKED, STRANGE, DONE]).await;
    assert!(!some.succeeded, "one has ended: {some:?}");
    assert!(
        some.out.contains("is COMPLETED: it has ended") && some.out.contains("given up: 2 sagas"),
        "{some:?}"
    );
    for saga in [PARKED, STRANGE] {
        let entry = last_entry(&database, saga).await;
        assert_eq!(
            (entry.kind.as_str(), entry.actor.as_deref()),
            ("ABANDONED", Some("lee"))
        );
    }
}

#[tokio::test]
async fn command_needs_sagas_and_a_reason() {
    let (shell, _database) = shell().await;
    for arguments in [
        &["sagas", "retry", "--reason", "no sagas named"][..],
        &["sagas", "retry", PARKED],
        &[
            "sagas", "abandon", PARKED, "--status", "parked", "--reason", "both",
        ],
    ] {
        let ran = shell.run(arguments).await;
        assert!(!ran.succeeded && ran.out.is_empty(), "{arguments:?}: {ran:?}");
    }
}
