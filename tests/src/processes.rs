//! The processes of the local stack: killed, and seen to come back; paused for a moment; kept down for a while.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

use crate::Failure;
use crate::patience::until;
use crate::stack::{Service, SettingError, Stack};

/// Why a process could not be dealt with.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// Where its service listens is not set.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// There is no pid file, or it says nothing.
    #[error("{file} does not say which process {process} is: does the stack run on this machine?")]
    NotRunning {
        /// Which.
        process: &'static str,
        /// The pid file.
        file: String,
    },
    /// The signal cannot be sent.
    #[error("{process} (pid {pid}) cannot be sent a signal")]
    Signal {
        /// To which.
        process: &'static str,
        /// Its process.
        pid: i32,
        /// Why.
        #[source]
        source: Errno,
    },
    /// Nobody's health can be asked for.
    #[error("the health of services cannot be asked for")]
    Client(#[source] reqwest::Error),
}

/// What all services stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foundation {
    /// The database server.
    Postgres,
    /// The broker.
    Kafka,
}

impl Foundation {
    const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Kafka => "kafka",
        }
    }
}

/// A process of the stack, whichever it is at the moment: its supervisor starts it again when it dies.
#[derive(Clone)]
pub struct Process {
    name: &'static str,
    pid_file: PathBuf,
    supervisor_file: PathBuf,
    /// Whose health tells that it is back.
    dependants: Vec<String>,
    http: reqwest::Client,
}

impl Process {
    /// The process of a service.
    ///
    /// # Errors
    /// [`ProcessError`] where the settings do not say where it is.
    pub fn of(stack: &Stack, service: Service) -> Result<Self, ProcessError> {
        Self::named(stack, service.name(), &[service])
    }

    /// The process of what all services stand on.
    ///
    /// # Errors
    /// [`ProcessError`] where the settings do not say where it is.
    pub fn below(stack: &Stack, foundation: Foundation) -> Result<Self, ProcessError> {
        Self::named(stack, foundation.name(), &Service::ALL)
    }

    fn named(stack: &Stack, name: &'static str, dependants: &[Service]) -> Result<Self, ProcessError> {
        let http = reqwest::Client::builder().no_proxy().build();
        let health = |service: &Service| {
            let url = stack.url_of(*service)?;
            Ok(format!("{url}/health/ready"))
        };
        Ok(Self {
            name,
            pid_file: stack.pid_folder.join(format!("{name}.pid")),
            supervisor_file: stack.pid_folder.join(format!("{name}.group")),
            dependants: dependants
                .iter()
                .map(health)
                .collect::<Result<_, SettingError>>()?,
            http: http.map_err(ProcessError::Client)?,
        })
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Its id now.
    ///
    /// # Errors
    /// [`ProcessError::NotRunning`].
    pub fn pid(&self) -> Result<Pid, ProcessError> {
        self.read(&self.pid_file)
    }

    fn read(&self, file: &Path) -> Result<Pid, ProcessError> {
        let pid = fs::read_to_string(file).ok();
        pid.and_then(|pid| Pid::from_raw(pid.trim().parse().ok()?))
            .ok_or_else(|| ProcessError::NotRunning {
                process: self.name,
                file: file.display().to_string(),
            })
    }

    /// Kills it with SIGKILL: it has no chance to finish or to hand over anything.
    ///
    /// # Errors
    /// [`ProcessError`].
    pub fn kill(&self) -> Result<Pid, ProcessError> {
        let pid = self.pid()?;
        self.send(pid, Signal::KILL)?;
        Ok(pid)
    }

    /// Waits until another process has taken the killed one's place, and is ready.
    ///
    /// # Errors
    /// That this never came.
    pub async fn back_after(&self, killed: Pid) -> Result<Pid, Failure> {
        until(format!("{} after it was killed", self.name), async || {
            let successor = self.pid().ok().filter(|pid| *pid != killed);
            Ok(if successor.is_some() && self.is_ready().await {
                successor
            } else {
                None
            })
        })
        .await
    }

    /// Kills it, and keeps it from coming back until the guard is dropped: connections to it are refused.
    ///
    /// # Errors
    /// [`ProcessError`], or that it never went.
    pub async fn take_down(&self) -> Result<Paused, Failure> {
        let supervisor = self.read(&self.supervisor_file)?;
        self.send(supervisor, Signal::STOP)?;
        let supervisor = Paused {
            process: self.clone(),
            pid: supervisor,
        };
        self.kill()?;
        until(format!("the end of {}", self.name), async || {
            Ok((!self.is_ready().await).then_some(()))
        })
        .await?;
        Ok(supervisor)
    }

    /// Waits until it is ready, whichever process it is by then.
    ///
    /// # Errors
    /// That this never came.
    pub async fn ready(&self) -> Result<(), Failure> {
        until(format!("{} to be ready", self.name), async || {
            Ok(self.is_ready().await.then_some(()))
        })
        .await
    }

    /// Stops it with SIGSTOP, until the guard is dropped: it takes connections and answers nothing.
    ///
    /// # Errors
    /// [`ProcessError`], or that it never stopped.
    pub async fn pause(&self) -> Result<Paused, Failure> {
        let pid = self.pid()?;
        self.send(pid, Signal::STOP)?;
        let paused = Paused {
            process: self.clone(),
            pid,
        };
        until(format!("the pause of {}", self.name), async || {
            Ok(is_stopped(pid).then_some(()))
        })
        .await?;
        Ok(paused)
    }

    /// Lets it go on, if it was paused: by whoever, and left so.
    ///
    /// # Errors
    /// [`ProcessError`].
    pub fn go_on(&self) -> Result<(), ProcessError> {
        self.send(self.pid()?, Signal::CONT)
    }

    fn send(&self, pid: Pid, signal: Signal) -> Result<(), ProcessError> {
        kill_process(pid, signal).map_err(|source| ProcessError::Signal {
            process: self.name,
            pid: pid.as_raw_nonzero().get(),
            source,
        })
    }

    async fn is_ready(&self) -> bool {
        for health in &self.dependants {
            let answer = self.http.get(health).send().await;
            if !answer.is_ok_and(|answer| answer.status().is_success()) {
                return false;
            }
        }
        true
    }
}

/// A process that is paused. It goes on when this is dropped, whatever happened meanwhile.
pub struct Paused {
    process: Process,
    pid: Pid,
}

impl Drop for Paused {
    fn drop(&mut self) {
        // Gone with somebody's SIGKILL, if it cannot be sent.
        let _gone = self.process.send(self.pid, Signal::CONT);
    }
}

/// The state is the first word behind the name, which is in parentheses.
fn is_stopped(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    let behind_the_name = stat.rsplit_once(") ").map(|(_, rest)| rest);
    behind_the_name.is_some_and(|rest| rest.starts_with('T'))
}
