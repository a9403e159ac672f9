//! Counts what is moved, once it is committed. What repeats an earlier command moves nothing, and is not counted.
//!
//! Amounts are whole minor units: a sum of them is exact, and `currency_minor_units` tells how many make one unit.

use metrics::{counter, describe_counter, describe_gauge, gauge};
use service::money::{Currency, Money};

use crate::model::{Transfer, TransferKind};

/// Describes the counters, and shows those of a currency from the beginning.
pub fn describe(currency: Currency) {
    describe_counter!("transfers_total", "Transfers in the ledger, by kind and currency");
    describe_counter!(
        "transfers_minor_units_total",
        "What they moved, in minor units of their currency (cents), by kind and currency"
    );
    describe_gauge!(
        "currency_minor_units",
        "How many minor units make one unit of a currency"
    );
    for kind in TransferKind::ALL {
        count(kind, 0, Money { minor: 0, currency });
    }
}

/// Transfers were committed.
pub(super) fn posted(transfers: &[Transfer]) {
    for transfer in transfers {
        count(transfer.movement.kind(), 1, transfer.amount);
    }
}

fn count(kind: TransferKind, transfers: u64, amount: Money) {
    let labels = [("kind", kind.as_str()), ("currency", amount.currency.code())];
    counter!("transfers_total", &labels).increment(transfers);
    counter!("transfers_minor_units_total", &labels).increment(amount.minor.unsigned_abs());
    let units = 10_f64.powi(amount.currency.exponent() as i32);
    gauge!("currency_minor_units", "currency" => amount.currency.code()).set(units);
}
