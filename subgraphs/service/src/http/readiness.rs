//! Whether a service is ready: `/health/ready`.
//!
//! - What a service cannot answer without is looked for each time.
//! - What it must have found once, and can miss later, makes it unready only until then: replicas that miss the same thing
//!   would all be taken out of service, and requests that need it not at all would be refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use futures::future::{BoxFuture, join_all};

const TIMEOUT: Duration = Duration::from_secs(2);

/// One thing that a service needs before it can answer.
#[derive(Clone)]
pub struct ReadinessCheck {
    name: &'static str,
    need: Need,
    check: Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>,
}

#[derive(Clone)]
enum Need {
    ToAnswer,
    /// And whether it was there already.
    ToBegin(Arc<AtomicBool>),
}

impl ReadinessCheck {
    /// A check of something without which no request can be answered, by a function whose error says what is wrong.
    pub fn to_answer<F, Fut>(name: &'static str, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self {
            name,
            need: Need::ToAnswer,
            check: Arc::new(move || Box::pin(check())),
        }
    }

    /// A check of something that a service must have found once. When it is away later the service stays ready, and says
    /// that it is away: no other replica would do better.
    pub fn to_begin<F, Fut>(name: &'static str, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self {
            need: Need::ToBegin(Arc::default()),
            ..Self::to_answer(name, check)
        }
    }

    /// Whether it lets the service be ready, and a line about it.
    async fn result(&self) -> (bool, String) {
        let found = tokio::time::timeout(TIMEOUT, (self.check)())
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {} s", TIMEOUT.as_secs())));
        let name = self.name;
        match (found, &self.need) {
            (Ok(()), Need::ToAnswer) => (true, format!("{name}: ok\n")),
            (Ok(()), Need::ToBegin(began)) => {
                began.store(true, Ordering::Relaxed);
                (true, format!("{name}: ok\n"))
            }
            (Err(error), Need::ToBegin(began)) if began.load(Ordering::Relaxed) => (
                true,
                format!("{name}: away, requests are answered without it: {error}\n"),
            ),
            (Err(error), _) => (false, format!("{name}: {error}\n")),
        }
    }
}

/// `GET /health/ready`: a line a check, and 200 where none is in the way.
pub(super) async fn readiness(checks: Vec<ReadinessCheck>) -> impl IntoResponse {
    let results = join_all(checks.iter().map(ReadinessCheck::result)).await;
    let status = if results.iter().all(|(ready, _)| *ready) {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        results.into_iter().map(|(_, line)| line).collect::<String>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;

    /// A check that finds what it looks for while the flag is up.
    fn found(
        flag: &Arc<AtomicBool>,
    ) -> impl Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync + 'static {
        let flag = Arc::clone(flag);
        move || {
            let found = flag.load(Ordering::Relaxed);
            Box::pin(async move { if found { Ok(()) } else { Err("gone".to_owned()) } })
        }
    }

    async fn asked(check: &ReadinessCheck) -> (StatusCode, String) {
        let response = readiness(vec![check.clone()]).await.into_response();
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn what_requests_need_counts_each_time() {
        let there = Arc::new(AtomicBool::new(true));
        let check = ReadinessCheck::to_answer("database", found(&there));
        assert_eq!(asked(&check).await, (StatusCode::OK, "database: ok\n".to_owned()));
        there.store(false, Ordering::Relaxed);
        assert_eq!(
            asked(&check).await,
            (StatusCode::SERVICE_UNAVAILABLE, "database: gone\n".to_owned())
        );
    }

    #[tokio::test]
    async fn what_is_needed_to_begin_counts_until_it_was_there() {
        let there = Arc::new(AtomicBool::new(false));
        let check = ReadinessCheck::to_begin("broker", found(&there));
        assert_eq!(
            asked(&check).await,
            (StatusCode::SERVICE_UNAVAILABLE, "broker: gone\n".to_owned())
        );
        there.store(true, Ordering::Relaxed);
        assert_eq!(asked(&check).await, (StatusCode::OK, "broker: ok\n".to_owned()));
        there.store(false, Ordering::Relaxed);
        let (status, line) = asked(&check).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            line.starts_with("broker: away") && line.ends_with("gone\n"),
            "{line}"
        );
    }
}
