//! Enums that are words in SQL.

/// Stores an enum as `text`. The column's CHECK names the same words.
macro_rules! stored_as_text {
    ($name:ident { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl diesel::serialize::ToSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                let word = match self {
                    $(Self::$variant => $word),+
                };
                std::io::Write::write_all(out, word.as_bytes())?;
                Ok(diesel::serialize::IsNull::No)
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                match bytes.as_bytes() {
                    $(bytes if bytes == $word.as_bytes() => Ok(Self::$variant),)+
                    other => Err(format!(
                        "{} is no {}",
                        String::from_utf8_lossy(other),
                        stringify!($name)
                    )
                    .into()),
                }
            }
        }
    };
}

pub(super) use stored_as_text;
