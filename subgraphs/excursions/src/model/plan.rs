//! How the database plans searches.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::sql_types::Bool;

/// A condition that always holds, and keeps a statement from being prepared once for all: which index serves a search
/// best hangs on the values searched for, and a plan made for any values knows none. With it, a search for more seats
/// than there are goes through all departures.
pub fn for_these_values() -> SqlLiteral<Bool> {
    sql("TRUE")
}
