use super::*;

/// quote (no compensation), charge, reserve, confirm (the pivot), and a step after it.
fn shape() -> Shape {
    Shape {
        compensable: vec![false, true, true, false, false],
        pivot: Some(3),
    }
}

fn after(events: &[Event]) -> Place {
    events.iter().fold(Place::start(), |place, event| {
        apply(&shape(), place, *event).unwrap()
    })
}

#[test]
fn all_steps_in_order_complete_it() {
    let end = after(&[Event::Succeeded; 5]);
    assert_eq!(
        (end.status, end.direction),
        (Status::Completed, Direction::Forward)
    );
}

#[test]
fn refused_step_is_undone_before_those_before_it() {
    let place = after(&[Event::Succeeded, Event::Succeeded, Event::Rejected]);
    assert_eq!(
        (place.status, place.position),
        (Status::Compensating, 2),
        "reserve refused: an earlier attempt may be on its way"
    );
    let place = apply(&shape(), place, Event::Succeeded).unwrap();
    assert_eq!((place.status, place.position), (Status::Compensating, 1));
    assert_eq!(
        apply(&shape(), place, Event::Succeeded).unwrap().status,
        Status::Compensated
    );
}

#[test]
fn failed_step_is_undone_too() {
    let place = after(&[Event::Succeeded, Event::Succeeded, Event::Exhausted]);
    assert_eq!(
        (place.status, place.position),
        (Status::Compensating, 2),
        "reserve unknown: undo reserve"
    );
}

#[test]
fn nothing_done_means_compensated_at_once() {
    assert_eq!(after(&[Event::Rejected]).status, Status::Compensated);
    assert_eq!(after(&[Event::Exhausted]).status, Status::Compensated);
}

#[test]
fn after_the_pivot_there_is_no_way_back() {
    let beyond = [Event::Succeeded; 4];
    for event in [Event::Rejected, Event::Exhausted] {
        let place = apply(&shape(), after(&beyond), event).unwrap();
        assert_eq!(
            (place.status, place.direction, place.position),
            (Status::Parked, Direction::Forward, 4)
        );
    }
}

#[test]
fn parked_saga_goes_on_where_it_stood() {
    let parked = after(&[
        Event::Succeeded,
        Event::Exhausted,
        Event::RetryScheduled,
        Event::Exhausted,
    ]);
    assert_eq!(
        (parked.status, parked.direction, parked.position),
        (Status::Parked, Direction::Backward, 1)
    );
    let resumed = apply(&shape(), parked, Event::Resumed).unwrap();
    assert_eq!(
        (resumed.status, resumed.position, resumed.attempts),
        (Status::Compensating, 1, 0)
    );
}

#[test]
fn ended_saga_never_moves() {
    let ends = [
        after(&[Event::Succeeded; 5]),
        after(&[Event::Rejected]),
        after(&[Event::Abandoned]),
    ];
    let events = [
        Event::Succeeded,
        Event::Rejected,
        Event::RetryScheduled,
        Event::Postponed,
        Event::Exhausted,
        Event::Stuck,
        Event::Resumed,
        Event::Abandoned,
    ];
    for (place, event) in ends
        .into_iter()
        .flat_map(|place| events.map(|event| (place, event)))
    {
        assert_eq!(
            apply(&shape(), place, event),
            Err(IllegalTransition { place, event })
        );
    }
}

#[test]
fn words_are_those_of_the_database() {
    for status in [
        Status::Running,
        Status::Compensating,
        Status::Completed,
        Status::Parked,
    ] {
        assert_eq!(status.as_str().parse::<Status>().unwrap(), status);
    }
    assert!("running".parse::<Status>().is_err());
}

#[test]
fn saga_without_a_pivot_never_turns_back() {
    let shape = Shape {
        compensable: vec![false, false],
        pivot: None,
    };
    for event in [Event::Rejected, Event::Exhausted] {
        assert_eq!(
            apply(&shape, Place::start(), event).unwrap().status,
            Status::Parked
        );
    }
}

#[test]
fn pivot_that_may_have_happened_and_cannot_be_undone_is_not_turned_back_from() {
    let at_pivot = after(&[Event::Succeeded; 3]);
    let place = apply(&shape(), at_pivot, Event::Exhausted).unwrap();
    assert_eq!(
        (place.status, place.direction, place.position),
        (Status::Parked, Direction::Forward, 3)
    );
    let refused = apply(&shape(), at_pivot, Event::Rejected).unwrap();
    assert_eq!(
        (refused.status, refused.position),
        (Status::Compensating, 2),
        "refused: it did not happen"
    );
}
