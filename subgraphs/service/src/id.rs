//! Typed ids. A customer's id cannot be passed where an order's is meant.
//!
//! Ids are UUIDv7 (RFC 9562): made by us in the order of time, so that indexes stay compact and a list sorted by id is
//! a list sorted by creation. To clients they are opaque `ID`s; one that is no UUID is simply not found.

/// Declares an id type over a UUID, for SQL (`uuid`), JSON (string) and GraphQL (`ID`).
#[macro_export]
macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
        )]
        #[serde(transparent)]
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// A new id, later than those made before it.
            #[must_use]
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(uuid::Uuid::now_v7())
            }

            /// The id behind an opaque `ID`, or nothing where it cannot be one of ours.
            #[must_use]
            pub fn from_graphql(id: &async_graphql::ID) -> Option<Self> {
                uuid::Uuid::parse_str(id).ok().map(Self)
            }

            /// The bare UUID, for arrays in SQL.
            #[must_use]
            pub const fn uuid(self) -> uuid::Uuid {
                self.0
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl diesel::serialize::ToSql<diesel::sql_types::Uuid, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                <uuid::Uuid as diesel::serialize::ToSql<diesel::sql_types::Uuid, diesel::pg::Pg>>::to_sql(
                    &self.0, out,
                )
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::Uuid, diesel::pg::Pg> for $name {
            fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                <uuid::Uuid as diesel::deserialize::FromSql<diesel::sql_types::Uuid, diesel::pg::Pg>>::from_sql(
                    bytes,
                )
                .map(Self)
            }
        }
    };
}

typed_id! {
    /// A user: customer, operator or administrator.
    UserId
}
typed_id! {
    /// A customer's account.
    AccountId
}
typed_id! {
    /// An excursion of the catalogue.
    ExcursionId
}
typed_id! {
    /// An excursion at a given time.
    DepartureId
}
typed_id! {
    /// A customer's order.
    OrderId
}
