use app::account::{Listed, Named, NewAccount, Page, State, shown};
use app::{Actor, App};
use vocab::identifier::{Identifier, Kind};
use vocab::{DisplayName, Reason};

use crate::cli::{Account, StateWord};
use crate::terminal::{Failure, say, table};
use crate::wiring::failed;

pub(super) async fn run(app: &App, what: Account) -> Result<(), Failure> {
    match what {
        Account::Create { name, username, email, phone } => create(app, &name, [username, email, phone]).await,
        Account::Disable { who, reason } => disable(app, &who, &reason).await,
        Account::List { state, after, limit } => list(app, state, after.as_deref(), limit).await,
    }
}

async fn create(app: &App, name: &str, typed: [Option<String>; 3]) -> Result<(), Failure> {
    let name = DisplayName::parse(name).map_err(|refusal| Failure::refused(format!("--name: {refusal}")))?;
    let mut identifiers = Vec::new();
    for (typed, kind) in typed.iter().zip([Kind::Username, Kind::Email, Kind::Phone]) {
        if let Some(typed) = typed {
            let refused = |refusal| Failure::refused(format!("--{}: {refusal}", kind.as_str()));
            identifiers.push(Identifier::of(kind, typed).map_err(refused)?);
        }
    }
    let new = NewAccount::new(name, identifiers).map_err(Failure::refused)?;
    let created = app.accounts().create(&app.ctx(Actor::Operator), new).await.map_err(failed)?;
    say(created.map_err(Failure::refused)?.id);
    Ok(())
}

async fn disable(app: &App, who: &str, reason: &str) -> Result<(), Failure> {
    let named = Named::parse(who).map_err(Failure::refused)?;
    let reason = Reason::parse(reason).map_err(|refusal| Failure::refused(format!("--reason: {refusal}")))?;
    let disabled = app.accounts().disable(&app.ctx(Actor::Operator), &named, &reason).await.map_err(failed)?;
    say(format_args!("{} is disabled.", disabled.map_err(Failure::refused)?));
    Ok(())
}

async fn list(app: &App, state: Option<StateWord>, after: Option<&str>, limit: i64) -> Result<(), Failure> {
    let after = after.map(str::parse).transpose().map_err(|error| Failure::refused(format!("--after: {error}")))?;
    let state = state.map(|word| match word {
        StateWord::Active => State::Active,
        StateWord::Disabled => State::Disabled,
    });
    let listed = app.accounts().list(Page { after, state, limit }).await.map_err(failed)?;
    if listed.is_empty() {
        say("There are no accounts here.");
        return Ok(());
    }
    let head = ["id", "state", "made", "name", "identifiers"].map(str::to_owned).to_vec();
    say(table(&std::iter::once(head).chain(listed.iter().map(row)).collect::<Vec<_>>()));
    if listed.len() as i64 == limit
        && let Some(last) = listed.last()
    {
        say(format_args!("There may be more: --after {}", last.account.id));
    }
    Ok(())
}

fn row(listed: &Listed) -> Vec<String> {
    let names: Vec<&str> = listed.identifiers.iter().map(|row| row.typed.as_str()).collect();
    vec![
        listed.account.id.to_string(),
        listed.account.state.as_str().to_owned(),
        shown(listed.account.made_at),
        listed.account.display_name.clone(),
        names.join(" "),
    ]
}
