//! Sagas that turn back.

use saga::{Registry, WorkerSettings};

use crate::support::{Answer, Database, World, run, trip};

/// The calls and the journal of a trip whose participants answer so.
async fn play(script: &[(&'static str, &[Answer])], end: &str) -> (Vec<String>, Vec<String>) {
    let (database, world) = (Database::new().await, World::default());
    for (step, answers) in script {
        world.script(step, answers);
    }
    let running = run(
        &database,
        Registry::default().with(trip(&world)),
        WorkerSettings::default(),
    );
    let saga = running.start(&database).await;
    running.wait_for(saga, end).await;
    (world.calls(), running.kinds(saga).await)
}

#[tokio::test]
async fn refused_step_undoes_what_was_done_before_it_in_reverse_order() {
    let (calls, kinds) = play(&[("confirm", &[Answer::Refuse])], "COMPENSATED").await;
    assert_eq!(calls, ["flight", "hotel", "confirm", "undo hotel", "undo flight"]);
    assert_eq!(
        kinds[3..],
        [
            "STEP_REJECTED confirm",
            "STEP_SUCCEEDED undo hotel",
            "STEP_SUCCEEDED undo flight",
            "COMPENSATED"
        ]
    );
}

#[tokio::test]
async fn step_whose_outcome_stays_unknown_is_undone_too() {
    let (calls, kinds) = play(&[("hotel", &[Answer::Lost; 1_000])], "COMPENSATED").await;
    assert!(kinds.contains(&"STEP_FAILED hotel".to_owned()), "{kinds:?}");
    assert_eq!(calls[calls.len() - 2..], ["undo hotel", "undo flight"]);
    assert!(!calls.contains(&"confirm".to_owned()));
}

#[tokio::test]
async fn step_that_trying_again_will_not_mend_is_tried_once() {
    let (calls, kinds) = play(&[("hotel", &[Answer::Break])], "COMPENSATED").await;
    assert_eq!(calls, ["flight", "hotel", "undo hotel", "undo flight"]);
    assert!(kinds.contains(&"STEP_FAILED hotel".to_owned()), "{kinds:?}");
}

#[tokio::test]
async fn refused_step_is_undone_too_in_case_an_earlier_attempt_arrives() {
    let (calls, kinds) = play(&[("flight", &[Answer::Refuse])], "COMPENSATED").await;
    assert_eq!(calls, ["flight", "undo flight"]);
    assert_eq!(
        kinds,
        [
            "STARTED",
            "STEP_REJECTED flight",
            "STEP_SUCCEEDED undo flight",
            "COMPENSATED"
        ]
    );
}

#[tokio::test]
async fn compensation_is_tried_again_until_it_succeeds() {
    let script: [(_, &[Answer]); 2] = [
        ("hotel", &[Answer::Refuse]),
        ("undo flight", &[Answer::Fail, Answer::Lost]),
    ];
    let (calls, _) = play(&script, "COMPENSATED").await;
    assert_eq!(
        calls,
        [
            "flight",
            "hotel",
            "undo hotel",
            "undo flight",
            "undo flight",
            "undo flight"
        ]
    );
}
