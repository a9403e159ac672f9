//! How many files a process may have open. A socket is one, and so is each subscriber; shells give a process a thousand,
//! and let it take more.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Takes as many as the process may have.
pub(crate) fn take_all() {
    let limit = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(error) = setrlimit(Resource::Nofile, all) {
        tracing::warn!(%error, "no more files may be open than {:?}", limit.current);
    }
}
