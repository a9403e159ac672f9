//! `register`.

use serde_json::{Value, json};
use tests::Failure;
use tests::scene::scene;

use super::table::{NOT_VALID, Table, error, errors, mutation, with, without};

#[tokio::test]
async fn register() -> Result<(), Failure> {
    scene(async |stage| {
        let taken = stage.settled_customer("Ada").await?.0.user;
        let table = Table {
            stage,
            mutation: mutation!("register", "RegisterInput"),
            api: &stage.visitor.api,
            good: json!({
                "email": stage.email("Boris"),
                "password": stage.password(),
                "name": stage.full_name("Boris"),
            }),
            concerned: &[taken.id],
        };
        let invalid = |field| error("INVALID_INPUT", field);
        let too_long_address = format!("{}@{}.com", "b".repeat(64), "example.".repeat(30));
        table
            .refuses(&[
                without("email", NOT_VALID),
                without("password", NOT_VALID),
                without("name", NOT_VALID),
                with("email", Value::Null, NOT_VALID),
                with("password", 12_345_678, NOT_VALID),
                with("nickname", "Bo", NOT_VALID),
                with("email", "", invalid("email")),
                with("email", " \t", invalid("email")),
                with("email", "boris", invalid("email")),
                with("email", "boris@localhost", invalid("email")),
                with(
                    "email",
                    "boris@example.com\r\nBcc: all@example.com",
                    invalid("email"),
                ),
                with("email", too_long_address, invalid("email")),
                with("email", taken.email.as_str(), error("EMAIL_TAKEN", "email")),
                with("email", taken.email.to_uppercase(), error("EMAIL_TAKEN", "email")),
                with("password", "", invalid("password")),
                with("password", "sevench", invalid("password")),
                with("password", "x".repeat(129), invalid("password")),
                with("name", "", invalid("name")),
                with("name", " ", invalid("name")),
                with("name", "n".repeat(101), invalid("name")),
                with("name", "Boris\nthe second", invalid("name")),
                with("name", "Boris\u{0}", invalid("name")),
                with(
                    "email",
                    "",
                    errors(&[
                        ("INVALID_INPUT", "email"),
                        ("INVALID_INPUT", "password"),
                        ("INVALID_INPUT", "name"),
                    ]),
                )
                .and("password", "")
                .and("name", ""),
            ])
            .await?;
        table.takes_the_good_one().await
    })
    .await
}
