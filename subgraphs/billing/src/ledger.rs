//! What moves money: deposits, charges, refunds.
//!
//! Each is planned and then carried out, in one transaction: rows are locked, a pure function decides on them as if the
//! commands came one by one, and what it decided is written set by set. Where a charge and a refund of one order meet before
//! either has locked anything, the one that writes the order's payment second runs again from the start.

mod charge;
mod deposit;
mod meters;
mod refund;
#[cfg(test)]
mod tests;

pub use charge::{Charge, ChargeResult, charge};
pub use deposit::{Deposit, DepositRejection, Deposited, deposit, max_deposit};
pub use meters::describe;
pub use refund::refund;
