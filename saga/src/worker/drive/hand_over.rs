//! The end of a worker: what is out is waited for and committed, and the lease is given up.

use std::time::Duration;

use super::Drive;
use super::tasks::Report;
use crate::journal::Commit;

/// What is out when the worker is told to stop gets this long to come back.
const LAST_COMMITS: Duration = Duration::from_secs(5);

impl Drive {
    pub(super) async fn hand_over(mut self) {
        self.link.works_as(None);
        self.lanes.clear();
        let late = self.clock.sleep_until(self.clock.now() + LAST_COMMITS);
        tokio::select! {
            biased;
            () = self.finish_what_is_out() => {}
            () = late => tracing::warn!("some answers did not come in time; their steps run again elsewhere"),
        }
        match self.store.give_up_lease(self.worker).await {
            Ok(sagas) => tracing::info!(sagas, "sagas are handed over"),
            Err(error) => tracing::warn!(%error, "the lease could not be given up; it runs out by itself"),
        }
    }

    async fn finish_what_is_out(&mut self) {
        loop {
            self.send_commits();
            let Some(report) = self.tasks.join_next().await else {
                return;
            };
            match report {
                Ok(Report::Answered { answers, .. }) => self.queue_answers(answers),
                Ok(Report::NotCommitted { items }) => {
                    self.commits_under_way -= 1;
                    self.queue_commits(items);
                }
                Ok(Report::Committed { commits }) => {
                    self.commits_under_way -= 1;
                    (self.after_commit)();
                    for commit in commits {
                        if let Commit::AtRest(saga) = commit {
                            self.tell_end(&saga);
                        }
                    }
                }
                // What was just claimed is handed over with the rest.
                _ => {}
            }
        }
    }
}
