//! Rows and SQL, an aggregate a file.
//!
//! Whoever changes something locks rows in this order, so that no two transactions wait for each other: payments that
//! exist, by order; accounts that exist, by id; new accounts, by owner; new payments, by order.

mod account;
mod kind;
mod ledger_entry;
mod payment;
mod transfer;

pub use account::Account;
pub use kind::TransferKind;
pub use ledger_entry::{EntryCursor, LedgerEntry};
pub use payment::{Charged, Payment};
pub use transfer::{Movement, Transfer};
