use app::keys::{KeySummary, Use};
use app::{Actor, App};

use crate::cli::{Keys, UseWord};
use crate::terminal::{Failure, say, table};
use crate::wiring::failed;

pub(super) async fn run(app: &App, what: Keys) -> Result<(), Failure> {
    match what {
        Keys::List => list(app).await,
        Keys::Rotate { use_for } => rotate(app, use_for).await,
    }
}

async fn list(app: &App) -> Result<(), Failure> {
    let head = ["use", "serial", "standing", "made", "in use from", "id"].map(str::to_owned).to_vec();
    let rows = app.keys().list().await.map_err(failed)?;
    say(table(&std::iter::once(head).chain(rows.iter().map(row)).collect::<Vec<_>>()));
    Ok(())
}

fn row(key: &KeySummary) -> Vec<String> {
    vec![
        key.use_for.as_str().to_owned(),
        key.serial.to_string(),
        key.standing.as_str().to_owned(),
        app::account::shown(key.made_at),
        app::account::shown(key.not_before),
        key.id.to_string(),
    ]
}

async fn rotate(app: &App, word: UseWord) -> Result<(), Failure> {
    let use_for = match word {
        UseWord::Sealing => Use::Sealing,
        UseWord::Cookie => Use::Cookie,
        UseWord::Decoy => Use::Decoy,
        UseWord::Audit => Use::Audit,
    };
    let rotated = app.keys().rotate(&app.ctx(Actor::Operator), use_for).await.map_err(failed)?;
    let rotated = rotated.map_err(Failure::refused)?;
    let at = app::account::shown(rotated.takes_over_at);
    say(format_args!("The next {} key {} takes over at {at}.", use_for.as_str(), rotated.id));
    Ok(())
}
