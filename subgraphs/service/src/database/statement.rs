//! Statements of one text for any number of rows: columns as arrays, to be taken apart by `unnest`.
//!
//! A connection prepares and plans such a statement once; what goes through `diesel::sql_query` it prepares each time.
//!
//! ```text
//! Statement::new("UPDATE orders o SET status = 'CANCELLED' FROM unnest(")
//!     .bind::<Array<Uuid>, _>(ids)
//!     .then(") AS f (id) WHERE o.id = f.id")
//! ```

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::RunQueryDsl;
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};

/// A statement, or the beginning of one. Rows that it returns are read by name.
#[derive(Clone, Copy, Debug)]
#[must_use = "a statement does nothing until it is executed or loaded"]
pub struct Statement<Q>(Q);

/// Text.
#[derive(Clone, Copy, Debug)]
pub struct Text(&'static str);

/// What stands before, and text.
#[derive(Clone, Copy, Debug)]
pub struct Then<Q>(Q, &'static str);

/// What stands before, and a parameter.
#[derive(Clone, Copy, Debug)]
pub struct Bound<Q, T, V> {
    before: Q,
    separator: &'static str,
    value: V,
    sql_type: PhantomData<T>,
}

impl Statement<Text> {
    /// Begins with a text, up to its first parameter.
    pub const fn new(text: &'static str) -> Self {
        Self(Text(text))
    }

    /// The first parameter.
    pub fn bind<T, V>(self, value: V) -> Statement<Bound<Text, T, V>> {
        bound(self.0, "", value)
    }
}

impl<Q> Statement<Then<Q>> {
    /// The first parameter after a text.
    pub fn bind<T, V>(self, value: V) -> Statement<Bound<Then<Q>, T, V>> {
        bound(self.0, "", value)
    }
}

impl<Q, U, W> Statement<Bound<Q, U, W>> {
    /// The next parameter, after a comma.
    pub fn bind<T, V>(self, value: V) -> Statement<Bound<Bound<Q, U, W>, T, V>> {
        bound(self.0, ", ", value)
    }

    /// Text after a parameter. It may name the parameters again: `$1` is the first.
    pub fn then(self, text: &'static str) -> Statement<Then<Bound<Q, U, W>>> {
        Statement(Then(self.0, text))
    }
}

fn bound<Q, T, V>(before: Q, separator: &'static str, value: V) -> Statement<Bound<Q, T, V>> {
    Statement(Bound {
        before,
        separator,
        value,
        sql_type: PhantomData,
    })
}

impl QueryFragment<Pg> for Text {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.0);
        Ok(())
    }
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Then<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(self.1);
        Ok(())
    }
}

impl<Q: QueryFragment<Pg>, T, V: ToSql<T, Pg>> QueryFragment<Pg> for Bound<Q, T, V>
where
    Pg: HasSqlType<T>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.before.walk_ast(out.reborrow())?;
        out.push_sql(self.separator);
        out.push_bind_param::<T, V>(&self.value)
    }
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Statement<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

/// Without an id of its own a prepared statement is found by its text.
impl<Q> QueryId for Statement<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> Query for Statement<Q> {
    type SqlType = Untyped;
}

impl<Q, C> RunQueryDsl<C> for Statement<Q> {}
