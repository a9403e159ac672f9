//! The decisions about random batches, against the rules of the ledger.

use std::collections::HashMap;

use proptest::prelude::*;
use service::id::{OrderId, UserId};
use service::money::{Currency, Money};
use uuid::Uuid;

use super::charge::{self, Charge, ChargeRejection};
use super::refund;
use crate::model::{Account, Movement, Payment, Transfer, TransferKind};

/// Commands as they come in: batches of charges and of refunds, of few customers and few orders, so that they meet.
#[derive(Clone, Debug)]
enum Batch {
    Charges(Vec<(u8, u8, i64)>),
    Refunds(Vec<u8>),
}

fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let charges = prop::collection::vec((0..12_u8, 0..3_u8, 1..60_i64), 1..10).prop_map(Batch::Charges);
    let refunds = prop::collection::vec(0..12_u8, 1..6).prop_map(Batch::Refunds);
    prop::collection::vec(prop_oneof![3 => charges, 1 => refunds], 1..8)
}

fn order(number: u8) -> OrderId {
    Uuid::from_u128(u128::from(number) + 1).into()
}

fn customer(number: u8) -> UserId {
    Uuid::from_u128(u128::from(number) + 1).into()
}

fn euros(minor: i64) -> Money {
    Money {
        minor,
        currency: Currency::EUR,
    }
}

fn charges(commands: &[(u8, u8, i64)]) -> Vec<Charge> {
    let charge = |&(number, owner, minor): &(u8, u8, i64)| Charge {
        order: order(number),
        customer: customer(owner),
        amount: euros(minor),
    };
    commands.iter().map(charge).collect()
}

/// A ledger in memory.
#[derive(Clone, Default)]
struct Books {
    accounts: Vec<Account>,
    payments: HashMap<OrderId, Payment>,
    transfers: Vec<Transfer>,
}

/// What a client is told.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Charged(Result<Money, ChargeRejection>),
    Refunded(Option<Money>),
}

impl Books {
    /// Customers with 100, 50 and nothing.
    fn opened() -> Self {
        let mut books = Self::default();
        for (owner, minor) in [(0, 100), (1, 50)] {
            let mut account = Account::opened(customer(owner), Currency::EUR);
            let deposit = account.enter(Movement::Deposit(Uuid::nil()), euros(minor));
            books.transfers.extend(deposit);
            books.accounts.push(account);
        }
        books
    }

    fn run(&mut self, batch: &Batch) -> Vec<Answer> {
        let (accounts, payments) = (self.accounts.clone(), self.payments.clone());
        match batch {
            Batch::Charges(commands) => {
                let plan = charge::decide(&charges(commands), accounts, payments, Currency::EUR);
                self.payments.extend(plan.payments);
                self.post(plan.transfers);
                plan.results.into_iter().map(Answer::Charged).collect()
            }
            Batch::Refunds(orders) => {
                let orders: Vec<OrderId> = orders.iter().copied().map(order).collect();
                let plan = refund::decide(&orders, accounts, payments).unwrap();
                self.payments.extend(plan.voided);
                for order in plan.refunded {
                    let Some(Payment::Charged(charged)) = self.payments.get(&order).copied() else {
                        panic!("a refund of what was not charged");
                    };
                    self.payments.insert(order, Payment::Refunded(charged));
                }
                self.post(plan.transfers);
                plan.results.into_iter().map(Answer::Refunded).collect()
            }
        }
    }

    fn run_one_by_one(&mut self, batch: &Batch) -> Vec<Answer> {
        let single: Vec<Batch> = match batch {
            Batch::Charges(commands) => commands
                .iter()
                .map(|command| Batch::Charges(vec![*command]))
                .collect(),
            Batch::Refunds(orders) => orders.iter().map(|order| Batch::Refunds(vec![*order])).collect(),
        };
        single.iter().flat_map(|batch| self.run(batch)).collect()
    }

    /// Applies transfers as the database does: entries in their order, the balance as the entry says.
    fn post(&mut self, transfers: Vec<Transfer>) {
        for transfer in transfers {
            let account = self
                .accounts
                .iter_mut()
                .find(|account| account.id == transfer.account)
                .unwrap();
            let again = account.enter(transfer.movement, transfer.amount).unwrap();
            assert_eq!(again.entry_number, transfer.entry_number);
            assert_eq!(again.balance_after, transfer.balance_after);
            self.transfers.push(transfer);
        }
    }

    fn count(&self, order: OrderId, kind: TransferKind) -> usize {
        let of_order = |transfer: &&Transfer| match transfer.movement {
            Movement::Charge(of) | Movement::Refund(of) => of == order && transfer.movement.kind() == kind,
            Movement::Deposit(_) => false,
        };
        self.transfers.iter().filter(of_order).count()
    }

    fn shape(&self) -> Vec<(Movement, i64, i64, i64)> {
        let shape = |transfer: &Transfer| {
            (
                transfer.movement,
                transfer.amount.minor,
                transfer.entry_number,
                transfer.balance_after,
            )
        };
        self.transfers.iter().map(shape).collect()
    }

    fn check(&self) -> Result<(), TestCaseError> {
        for account in &self.accounts {
            let entries = self
                .transfers
                .iter()
                .filter(|transfer| transfer.account == account.id);
            let change = |transfer: &Transfer| transfer.movement.kind().signed(transfer.amount.minor);
            prop_assert_eq!(account.balance().minor, entries.map(change).sum::<i64>());
            prop_assert!(account.balance().minor >= 0);
        }
        for number in 0..12 {
            let charged = self.count(order(number), TransferKind::Charge);
            let refunded = self.count(order(number), TransferKind::Refund);
            let expected = match self.payments.get(&order(number)) {
                None | Some(Payment::Void) => (0, 0),
                Some(Payment::Charged(_)) => (1, 0),
                Some(Payment::Refunded(_)) => (1, 1),
            };
            prop_assert_eq!((charged, refunded), expected);
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn books_stay_in_order_whatever_comes(batches in batches()) {
        let mut books = Books::opened();
        for batch in &batches {
            books.run(batch);
            books.check()?;
        }
    }

    #[test]
    fn batch_is_decided_as_its_commands_one_by_one(batches in batches()) {
        let mut together = Books::opened();
        let mut apart = together.clone();
        for batch in &batches {
            prop_assert_eq!(together.run(batch), apart.run_one_by_one(batch));
        }
        prop_assert_eq!(together.shape(), apart.shape());
    }

    #[test]
    fn repeated_batch_moves_nothing_and_is_answered_the_same(batches in batches()) {
        let mut books = Books::opened();
        for batch in &batches {
            let first = books.run(batch);
            let transfers = books.transfers.len();
            let again = books.run(batch);
            prop_assert_eq!(books.transfers.len(), transfers);
            for (first, again) in first.into_iter().zip(again) {
                match first {
                    // The reason may be another one: an order that did not fit was charged later in the batch.
                    Answer::Charged(Err(_)) => prop_assert!(matches!(again, Answer::Charged(Err(_)))),
                    done => prop_assert_eq!(done, again),
                }
            }
        }
    }
}

fn run(books: &mut Books, commands: &[(u8, u8, i64)]) -> Vec<Answer> {
    books.run(&Batch::Charges(commands.to_vec()))
}

#[test]
fn charge_that_does_not_fit_is_passed_over() {
    let answers = run(&mut Books::opened(), &[(1, 0, 80), (2, 0, 30), (3, 0, 20)]);
    let rejection = ChargeRejection::InsufficientFunds {
        balance: euros(20),
        price: euros(30),
    };
    assert_eq!(
        answers,
        [
            Answer::Charged(Ok(euros(80))),
            Answer::Charged(Err(rejection)),
            Answer::Charged(Ok(euros(20))),
        ]
    );
}

#[test]
fn refund_that_overtakes_its_charge_wins() {
    let mut books = Books::opened();
    assert_eq!(books.run(&Batch::Refunds(vec![1])), [Answer::Refunded(None)]);
    assert_eq!(
        run(&mut books, &[(1, 0, 10)]),
        [Answer::Charged(Err(ChargeRejection::GivenUp))]
    );
}

#[test]
fn refund_gives_back_what_was_charged_once() {
    let mut books = Books::opened();
    run(&mut books, &[(1, 0, 70)]);
    let refunds = books.run(&Batch::Refunds(vec![1, 1]));
    assert_eq!(
        refunds,
        [
            Answer::Refunded(Some(euros(70))),
            Answer::Refunded(Some(euros(70)))
        ]
    );
    assert_eq!(books.accounts[0].balance(), euros(100));
    assert_eq!(
        run(&mut books, &[(1, 0, 70)]),
        [Answer::Charged(Err(ChargeRejection::GivenUp))]
    );
}

#[test]
fn order_is_charged_to_one_customer_and_once() {
    let mut books = Books::opened();
    let answers = run(&mut books, &[(1, 0, 10), (1, 0, 10), (1, 0, 11), (1, 1, 10)]);
    assert_eq!(
        answers,
        [
            Answer::Charged(Ok(euros(10))),
            Answer::Charged(Ok(euros(10))),
            Answer::Charged(Err(ChargeRejection::ChargedOtherwise)),
            Answer::Charged(Err(ChargeRejection::ChargedOtherwise)),
        ]
    );
}

#[test]
fn stranger_has_nothing_and_gets_an_account() {
    let charges = charges(&[(1, 2, 10), (2, 2, 10)]);
    let plan = charge::decide(&charges, Vec::new(), HashMap::new(), Currency::EUR);
    assert_eq!(plan.opened, [customer(2)]);
    assert!(plan.results.iter().all(Result::is_err));
    assert!(plan.transfers.is_empty() && plan.payments.is_empty());
}
