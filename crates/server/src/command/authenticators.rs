//! `signet authenticators`: what is known of models of authenticators.

use std::path::Path;

use app::authenticators::{Metadata, Model};
use app::{Actor, App};

use crate::terminal::{Failure, say, table};
use crate::wiring::failed;

/// Takes a signed list that somebody fetched.
pub(super) async fn import(app: &App, file: &Path) -> Result<(), Failure> {
    let list = std::fs::read(file).map_err(|error| Failure::not_started(format!("{}: {error}", file.display())))?;
    let imported = app.authenticators().import(&app.ctx(Actor::Operator), list).await.map_err(failed)?;
    let read = imported.map_err(Failure::refused)?;
    say(format_args!("List {} is known now; models in it: {}.", read.number, read.models.len()));
    tell(app, &read);
    Ok(())
}

/// The models of the list that counts, by name.
pub(super) async fn list(app: &App) -> Result<(), Failure> {
    let Some(known) = app.authenticators().known().await.map_err(failed)? else {
        say("Nothing is known of models of authenticators: 'signet authenticators import FILE' takes a signed list.");
        return Ok(());
    };
    let mut models: Vec<_> = known.models.iter().map(row).collect();
    models.sort();
    let head = ["MODEL", "AAGUID", "STATUS", "SINCE", "LEVEL", "KEYS"].map(str::to_owned).to_vec();
    say(table(&[vec![head], models].concat()));
    say(format_args!("\nList {}; models in it: {}.", known.number, known.models.len()));
    tell(app, &known);
    Ok(())
}

fn row(model: &Model) -> Vec<String> {
    let (status, since) = match &model.status {
        Some((status, since)) => (status.to_string(), since.clone()),
        None => ("-".to_owned(), "-".to_owned()),
    };
    let aaguid = model.aaguid.map_or_else(|| "U2F".to_owned(), |aaguid| uuid(&aaguid));
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

fn uuid(bytes: &[u8; 16]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex.get(range).unwrap_or_default());
    parts.join("-")
}
