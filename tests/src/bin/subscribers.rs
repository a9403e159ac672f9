//! How much memory an idle subscriber takes: opens many on one notifications process, one after the other in groups, and
//! looks at the process.
//!
//! usage: subscribers [COUNT]   5,000 unless told; on the running stack, whose environment is loaded

use std::error::Error;
use std::fs;
use std::process::ExitCode;
use std::time::Instant;

use futures::future::try_join_all;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tests::Stage;
use tests::api::Document;
use tests::stack::Service;
use tests::subscriber::Subscriber;
use tests::teller::Teller;

const MY_ORDERS: Document = Document::new(
    "orderUpdated",
    &["subscription { result: orderUpdated { cursor status order { id } } }"],
);
const AT_A_TIME: usize = 100;

#[tokio::main]
async fn main() -> ExitCode {
    match measure().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("subscribers: {error:?}");
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args().nth(1).map_or(Ok(5_000), |count| count.parse())?;
    // A socket is a file.
    let files = getrlimit(Resource::Nofile);
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: files.maximum,
            ..files
        },
    )?;

    let stage = Stage::new(Teller::Silent)?;
    let ada = stage.customer("Ada").await?;
    let url = stage.stack.url_of(Service::Notifications)?;
    let token = &ada.0.session.access_token;
    let pid = stage
        .process(Service::Notifications)?
        .pid()?
        .as_raw_nonzero()
        .get();

    // What the first ones cause once for all is not theirs.
    let mut subscribers = open(&url, token, AT_A_TIME).await?;
    let before = resident_kib(pid)?;
    let began = Instant::now();
    while subscribers.len() < count + AT_A_TIME {
        subscribers.extend(open(&url, token, AT_A_TIME).await?);
    }
    let opened = began.elapsed();
    let after = resident_kib(pid)?;
    println!(
        "{count} idle subscribers: {before} KiB before, {after} KiB after, {:.1} KiB each; opened in {:.1} s",
        (after - before) as f64 / count as f64,
        opened.as_secs_f64()
    );
    Ok(())
}

async fn open(url: &str, token: &str, count: usize) -> Result<Vec<Subscriber>, Box<dyn Error>> {
    let opening = (0..count).map(|_| Subscriber::begin(url, token, &MY_ORDERS, json!({})));
    Ok(try_join_all(opening).await?)
}

fn resident_kib(pid: i32) -> Result<i64, Box<dyn Error>> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let resident = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .ok_or("the process does not tell its memory")?;
    Ok(resident.trim().trim_end_matches(" kB").parse()?)
}
