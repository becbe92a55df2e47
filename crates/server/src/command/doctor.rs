//! `signet doctor`: what is configured, reachable, missing, weak, and whether everything still stands together.

use std::time::Duration;

use app::account::shown;
use app::doctor::Examination;
use app::{App, Purpose};

use crate::config::{self, Config};
use crate::terminal::{Failure, say};
use crate::wiring::{self, World, failed};

/// Somebody waits for the answer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn run(config: &Config, world: &World) -> Result<(), Failure> {
    say("Configured");
    for line in configured(config) {
        say(format_args!("  {line}"));
    }
    say("\nReachable");
    let store = wiring::open_existing(config).await?;
    let app = wiring::start(config, store, world, Purpose::Command).await?;
    say(format_args!("  ok       the database answers, its schema is the one this signet knows"));
    say("  ok       the master key opens its keys");
    let mut weak: Vec<String> = config::warnings(config);
    match wiring::smtp(config)? {
        None => weak.push(format!("no mail server is configured: letters are written to {}", mail_folder(config))),
        Some(smtp) => match smtp.within(PATIENCE).check().await {
            Ok(()) => say("  ok       the mail server answers and would take a letter"),
            Err(why) => weak.push(format!("letters wait: {why}")),
        },
    }
    say("\nMissing or weak");
    if !app.fence().is_remembered() {
        weak.push("this node has no fence file and cannot tell a restored database from any other".to_owned());
    }
    match app.authenticators().overdue().await.map_err(failed)? {
        0 => {}
        days => weak.push(format!("the list of models of authenticators should have been renewed {days} day(s) ago")),
    }
    if let Some(missing) = app.authenticators().missing().await.map_err(failed)? {
        weak.push(format!("no list of models of authenticators comes since {}: {}", shown(missing.since), missing.why));
    }
    for line in &weak {
        say(format_args!("  warning  {line}"));
    }
    say("\nSound");
    let examination = app.check_everything().await.map_err(failed)?;
    report(&examination);
    conclude(&app, &examination)
}

fn configured(config: &Config) -> Vec<String> {
    let database = match &config.database.url {
        None => format!("embedded database in {}", config.server.data.display()),
        Some(url) => format!("PostgreSQL at {}", url.host()),
    };
    let master = match &config.keys.master_key {
        Some(_) => "given in the configuration".to_owned(),
        None => format!("in {}/master.key", config.server.data.display()),
    };
    let mail = match &config.mail.url {
        None => format!("written to {}", mail_folder(config)),
        Some(url) => format!("through {}", url.host()),
    };
    vec![
        format!("address  {}", config.server.public_url.origin()),
        format!("data     {database}"),
        format!("keys     master key {master}"),
        format!("letters  {mail}"),
        format!("node     {} in region {}", config.node.name, config.node.region),
    ]
}

fn mail_folder(config: &Config) -> String {
    format!("{}/mail", config.server.data.display())
}

fn report(found: &Examination) {
    say(format_args!("  looked at {} accounts, {} audit entries, {} keys", found.accounts, found.entries, found.keys));
    say(format_args!("  every audit digest was derived again, every sealed detail was opened"));
    say(format_args!("  work waiting: {}, given up: {}", found.jobs_due, found.jobs_given_up));
    for finding in &found.findings {
        say(format_args!("  BROKEN   {finding}"));
    }
}

fn conclude(app: &App, found: &Examination) -> Result<(), Failure> {
    if found.findings.is_empty() {
        say(format_args!("\nEverything on {} stands together.", app.node()));
        return Ok(());
    }
    Err(Failure::refused(format!("\n{} thing(s) do not stand together.", found.findings.len())))
}
