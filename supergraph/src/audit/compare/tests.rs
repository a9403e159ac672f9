use service::id::{DepartureId, OrderId};

use super::*;

/// A confirmed order of two seats for 30.00, as all services should see it.
fn confirmed() -> Books {
    let (order, departure) = (OrderId::new(), DepartureId::new());
    Books {
        orders: vec![AuditedOrder {
            id: order.uuid(),
            departure_id: departure.uuid(),
            seats: 2,
            status: "CONFIRMED".to_owned(),
            total_minor: Some(3_000),
            in_flight: false,
            abandoned: false,
        }],
        payments: vec![Payment {
            order_id: order,
            charged: 3_000,
            refunded: 0,
            currency: "EUR".to_owned(),
        }],
        reservations: vec![Reservation {
            order_id: order,
            departure_id: departure,
            seats: 2,
            live: true,
        }],
        mails: vec![Mail {
            order_id: order,
            kind: Kind::OrderConfirmed,
            count: 1,
        }],
    }
}

fn found(books: &Books) -> Vec<u8> {
    compare(books)
        .violations
        .into_iter()
        .map(|violation| violation.invariant)
        .collect()
}

#[test]
fn services_of_one_mind_violate_nothing() {
    assert_eq!(found(&confirmed()), [] as [u8; 0]);
}

#[test]
fn every_disagreement_is_found() {
    type Change = fn(&mut Books);
    let changes: [(Change, &[u8]); 7] = [
        (|books| books.payments[0].refunded = 3_000, &[4]),
        (|books| books.payments.clear(), &[4]),
        (|books| books.reservations[0].live = false, &[4]),
        (|books| books.reservations[0].seats = 1, &[4]),
        (|books| books.mails.clear(), &[8]),
        (|books| books.mails[0].count = 2, &[8]),
        (|books| books.orders.clear(), &[4]),
    ];
    for (index, (change, expected)) in changes.into_iter().enumerate() {
        let mut books = confirmed();
        change(&mut books);
        assert_eq!(found(&books), expected, "change {index}");
    }
}

#[test]
fn rejected_order_has_nothing_left() {
    let mut books = confirmed();
    books.orders[0].status = "REJECTED".to_owned();
    assert_eq!(found(&books), [4, 4, 8]);
    books.payments[0].refunded = 3_000;
    books.reservations[0].live = false;
    books.mails[0].kind = Kind::OrderRejected;
    assert_eq!(found(&books), [] as [u8; 0]);
}

#[test]
fn order_in_flight_is_left_out() {
    let mut books = confirmed();
    books.orders[0].status = "PENDING".to_owned();
    assert!(!found(&books).is_empty());
    books.orders[0].in_flight = true;
    assert_eq!(found(&books), [] as [u8; 0]);
}

#[test]
fn order_that_was_given_up_is_told_with_what_it_holds() {
    let mut books = confirmed();
    books.orders[0].status = "PENDING".to_owned();
    books.orders[0].abandoned = true;
    let found = compare(&books);
    assert!(found.violations.is_empty());
    let told = &found.given_up[0];
    assert!(
        told.ends_with("is PENDING: charged 3000, refunded 0 minor units of EUR, 2 seats held"),
        "{told}"
    );
}
