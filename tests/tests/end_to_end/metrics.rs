//! What services show on `/metrics`, held against the documentation.

use std::collections::BTreeSet;

use tests::Failure;
use tests::failure::told;
use tests::metrics::all;
use tests::model::{BookingRequest, eur};
use tests::patience::until;
use tests::scene::scene;
use tests::stack::{Service, Stack};

const DOCUMENTATION: &str = include_str!("../../../docs/operations/metrics.md");

/// The metrics in the tables of the documentation.
fn documented() -> BTreeSet<String> {
    let rows = DOCUMENTATION.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| Some(row.split_once('`')?.0.to_owned()))
        .collect()
}

/// The metrics that a service shows without saying what they are.
fn undescribed(told: &str) -> Vec<&str> {
    let names = |prefix| {
        let lines = told
            .lines()
            .filter_map(move |line: &str| line.strip_prefix(prefix));
        lines.filter_map(|line| Some(line.split_once(' ')?.0))
    };
    let described: BTreeSet<&str> = names("# HELP ").collect();
    names("# TYPE ")
        .filter(|name| !described.contains(name))
        .collect()
}

/// The metrics that a service shows.
async fn shown(stack: &Stack, service: Service) -> Result<BTreeSet<String>, Failure> {
    let told = all(stack, service).await?;
    let types = told.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let names = types.filter_map(|line| Some(line.split_once(' ')?.0.to_owned()));
    Ok(names.collect())
}

#[tokio::test]
async fn metrics_are_those_of_the_documentation() -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.operator("Olga").await?;
        let departure = stage.departure(&operator, &eur(5), 5).await?;
        let customer = stage.customer_with("Mira", &eur(100)).await?;
        customer.book(&BookingRequest::new(&departure, 1)).await?;

        let documented = documented();
        until("all metrics of the orchestrator", async || {
            let shown = shown(&stage.stack, Service::Orders).await?;
            let missing = documented
                .iter()
                .filter(|name| name.starts_with("saga_") && !shown.contains(*name));
            Ok((missing.count() == 0).then_some(()))
        })
        .await?;
        for service in Service::ALL {
            let shown = shown(&stage.stack, service).await?;
            let unknown: Vec<&String> = shown.difference(&documented).collect();
            told(
                format!("metrics of {service} that are not documented"),
                unknown,
                Vec::<&String>::new(),
            )?;
            told(
                format!("metrics of {service} that are not described"),
                undescribed(&all(&stage.stack, service).await?),
                Vec::<&str>::new(),
            )?;
        }
        Ok(())
    })
    .await
}
