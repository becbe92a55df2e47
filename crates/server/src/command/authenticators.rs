//! `signet authenticators`: what is known of models of authenticators.

use std::path::Path;
use std::sync::Arc;

use app::account::shown;
use app::authenticators::{Brought, Hit, Metadata, Model, Sample, Survey};
use app::{Actor, App};
use vocab::Aaguid;
use vocab::url::RemoteUrl;

use crate::cli::Authenticators;
use crate::terminal::{Failure, say, table};
use crate::wiring::failed;

pub(super) async fn run(app: &App, what: Authenticators) -> Result<(), Failure> {
    match what {
        Authenticators::Import { from } => import(app, from.as_deref()).await,
        Authenticators::List => list(app).await,
        Authenticators::Rules => rules(app).await,
        Authenticators::DryRun { rules } => dry_run(app, &rules).await,
        Authenticators::Adopt { rules } => adopt(app, &rules).await,
    }
}

/// As they were written.
async fn rules(app: &App) -> Result<(), Failure> {
    let rules = app.authenticators().in_force().await.map_err(failed)?;
    if rules.number == 0 {
        say("No rules were written: everything may be used but what was reported broken.");
        return Ok(());
    }
    say(format_args!("# Rules {}, of {}\n{}", rules.number, shown(rules.made_at), rules.text.trim_end()));
    Ok(())
}

async fn adopt(app: &App, file: &Path) -> Result<(), Failure> {
    let adopted = app.authenticators().adopt(&app.ctx(Actor::Operator), text(file)?).await.map_err(failed)?;
    let adopted = adopted.map_err(|refusal| Failure::refused(format!("{}: {refusal}", file.display())))?;
    say(format_args!("Rules {} count now; passkeys that are there follow within a minute.", adopted.number));
    Ok(())
}

async fn dry_run(app: &App, file: &Path) -> Result<(), Failure> {
    let survey = app.authenticators().dry_run(&text(file)?).await.map_err(failed)?;
    let survey = survey.map_err(|refusal| Failure::refused(format!("{}: {refusal}", file.display())))?;
    let Survey { passkeys, people, people_hit, people_locked_out, people_in_doubt, hits, samples } = survey;
    if hits.is_empty() {
        say(format_args!("Nothing would change for any of {passkeys} passkeys of {people} people."));
        return Ok(());
    }
    let head = ["rule", "model", "would stand", "because", "passkeys", "people"].map(str::to_owned).to_vec();
    say(table(&std::iter::once(head).chain(hits.iter().map(hit)).collect::<Vec<_>>()));
    say(format_args!("\n{people_hit} of {people} people would be hit."));
    say(format_args!("{people_locked_out} would be left with no way in, {people_in_doubt} with nothing beyond doubt."));
    say("\nFor example:");
    let head = ["account", "passkey", "would stand"].map(str::to_owned).to_vec();
    say(table(&std::iter::once(head).chain(samples.iter().map(sample)).collect::<Vec<_>>()));
    Ok(())
}

fn hit(hit: &Hit) -> Vec<String> {
    vec![
        if hit.rule.is_empty() { "-".to_owned() } else { hit.rule.clone() },
        hit.model.clone().unwrap_or_else(|| hit.aaguid.to_string()),
        hit.standing.as_str().to_owned(),
        hit.because.map_or_else(|| "nothing is held against it any more".to_owned(), |because| because.to_string()),
        hit.passkeys.to_string(),
        hit.people.to_string(),
    ]
}

fn sample(sample: &Sample) -> Vec<String> {
    vec![sample.account.to_string(), sample.credential.to_string(), sample.standing.as_str().to_owned()]
}

fn text(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| Failure::not_started(format!("{}: {error}", file.display())))
}

/// Takes a signed list: from a file, or from where it is published.
async fn import(app: &App, from: Option<&str>) -> Result<(), Failure> {
    let read = match from {
        None => {
            let url = app.site().list_url.as_ref();
            bring(app, url.ok_or_else(|| Failure::not_started("name a file or an address, or set authenticators.url"))?)
                .await?
        }
        Some(url) if url.contains("://") => {
            let refused = |why| Failure::not_started(format!("no list can be fetched from there: {why}"));
            bring(app, &RemoteUrl::parse(url).map_err(refused)?).await?
        }
        Some(file) => {
            let list = std::fs::read(file).map_err(|error| Failure::not_started(format!("{file}: {error}")))?;
            let imported = app.authenticators().import(&app.ctx(Actor::Operator), list).await.map_err(failed)?;
            Some(imported.map_err(Failure::refused)?)
        }
    };
    if let Some(read) = read {
        say(format_args!("List {} is known now; models in it: {}.", read.number, read.models.len()));
        tell(app, &read);
    }
    Ok(())
}

/// `None`: what is published there is known, and it is said.
async fn bring(app: &App, url: &RemoteUrl) -> Result<Option<Arc<Metadata>>, Failure> {
    let brought = app.authenticators().bring(&app.ctx(Actor::Operator), url).await.map_err(failed)?;
    match brought.map_err(|why| Failure::refused(format!("{}: {why}", url.origin())))? {
        Brought::New(read) => Ok(Some(read)),
        Brought::Known(number) => {
            say(format_args!("List {} is the newest there, and is known already.", number.unwrap_or_default()));
            Ok(None)
        }
    }
}

/// The models of the list that counts, by name.
async fn list(app: &App) -> Result<(), Failure> {
    let Some(known) = app.authenticators().known().await.map_err(failed)? else {
        say("Nothing is known of models of authenticators: 'signet authenticators import FILE' takes a signed list.");
        return Ok(());
    };
    let mut models: Vec<_> = known.models.iter().map(row).collect();
    models.sort();
    let head = ["model", "aaguid", "status", "since", "level", "keys"].map(str::to_owned).to_vec();
    say(table(&[vec![head], models].concat()));
    say(format_args!("\nList {}; models in it: {}.", known.number, known.models.len()));
    tell(app, &known);
    if let Some(missing) = app.authenticators().missing().await.map_err(failed)? {
        say(format_args!("warning: none comes since {}: {}", shown(missing.since), missing.why));
    }
    Ok(())
}

fn row(model: &Model) -> Vec<String> {
    let (status, since) = match &model.status {
        Some((status, since)) => (status.to_string(), since.clone()),
        None => ("-".to_owned(), "-".to_owned()),
    };
    let aaguid = model.aaguid.map_or_else(|| "U2F".to_owned(), |aaguid| Aaguid::from_bytes(aaguid).to_string());
    let keys = match model.is_hardware {
        Some(true) => "in hardware",
        Some(false) => "in software",
        None => "-",
    };
    let level = model.level.map_or("-", |level| level.as_str());
    vec![model.name.clone(), aaguid, status, since, level.to_owned(), keys.to_owned()]
}

/// What an operator should know beside.
fn tell(app: &App, known: &Metadata) {
    if known.is_due(app.now()) {
        say(format_args!("warning: there should have been another list since {}.", known.next_update));
    }
    if !known.unreadable.is_empty() {
        say(format_args!("warning: left out, because they cannot be read: {}", known.unreadable.len()));
        let rows: Vec<_> =
            known.unreadable.iter().map(|entry| vec![entry.which.clone(), entry.because.clone()]).collect();
        say(table(&rows));
    }
}
