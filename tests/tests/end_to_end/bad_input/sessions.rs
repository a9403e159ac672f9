//! `logIn`, `refreshSession`, `logOut`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tests::Failure;
use tests::failure::told;
use tests::scene::scene;

use super::table::{NOT_VALID, Refusal, Row, Table, error, mutation, with, without};

#[tokio::test]
async fn log_in() -> Result<(), Failure> {
    scene(async |stage| {
        let ada = stage.settled_customer("Ada").await?;
        let table = Table {
            stage,
            mutation: mutation!("logIn", "LogInInput"),
            api: &stage.visitor.api,
            good: json!({ "email": ada.0.user.email, "password": ada.0.password }),
            concerned: &[ada.id()],
        };
        let invalid = |field| error("INVALID_INPUT", field);
        let nobody = || error("INVALID_CREDENTIALS", "");
        table
            .refuses(&[
                without("email", NOT_VALID),
                without("password", NOT_VALID),
                with("email", Value::Null, NOT_VALID),
                with("password", false, NOT_VALID),
                with("email", "", invalid("email")),
                with("email", "a".repeat(255), invalid("email")),
                with("password", "", invalid("password")),
                with("password", "x".repeat(129), invalid("password")),
                with("email", "no address", nobody()),
                with("email", stage.email("Nobody"), nobody()),
                with("password", "a long walk at dusk", nobody()),
                with("password", "A LONG WALK AT DAWN", nobody()),
            ])
            .await?;
        table.takes_the_good_one().await
    })
    .await
}

/// A refresh token that looks like one and is none.
fn unknown() -> String {
    URL_SAFE_NO_PAD.encode([7; 32])
}

fn bad_refresh_tokens(access_token: &str, refusal: &Refusal) -> Vec<Row> {
    vec![
        without("refreshToken", NOT_VALID),
        with("refreshToken", Value::Null, NOT_VALID),
        with("refreshToken", 1, NOT_VALID),
        with("refreshToken", "", refusal.clone()),
        with("refreshToken", "not a token", refusal.clone()),
        with("refreshToken", "x".repeat(100_000), refusal.clone()),
        with("refreshToken", access_token, refusal.clone()),
    ]
}

#[tokio::test]
async fn refresh_session() -> Result<(), Failure> {
    scene(async |stage| {
        let ada = stage.settled_customer("Ada").await?;
        let refused = error("INVALID_CREDENTIALS", "refreshToken");
        let table = Table {
            stage,
            mutation: mutation!("refreshSession", "RefreshSessionInput"),
            api: &stage.visitor.api,
            good: json!({ "refreshToken": ada.0.session.refresh_token }),
            concerned: &[ada.id()],
        };
        let mut rows = bad_refresh_tokens(&ada.0.session.access_token, &refused);
        rows.push(with("refreshToken", unknown(), refused.clone()));
        table.refuses(&rows).await?;
        table.takes_the_good_one().await?;
        // Good once. Whoever comes with it again has a copy, and ends the session.
        let again = table.takes_the_good_one().await;
        told("whether a refresh token is good twice", again.is_ok(), false)?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn log_out() -> Result<(), Failure> {
    scene(async |stage| {
        let ada = stage.settled_customer("Ada").await?;
        let table = Table {
            stage,
            mutation: mutation!("logOut", "LogOutInput"),
            api: &stage.visitor.api,
            good: json!({ "refreshToken": ada.0.session.refresh_token }),
            concerned: &[ada.id()],
        };
        let invalid = error("INVALID_INPUT", "refreshToken");
        table
            .refuses(&bad_refresh_tokens(&ada.0.session.access_token, &invalid))
            .await?;
        // One cannot try out tokens: an unknown one is a session that has ended.
        table
            .refuses(&[with("refreshToken", unknown(), Refusal::None)])
            .await?;
        table.takes_the_good_one().await
    })
    .await
}
