use app::account::{Named, shown};
use app::authenticators::Stand;
use app::credential::Kept;
use app::{Actor, App};
use vocab::{Aaguid, CredentialId, Reason};

use crate::cli::Passkey;
use crate::terminal::{Failure, say, table};
use crate::wiring::failed;

pub(super) async fn run(app: &App, what: Passkey) -> Result<(), Failure> {
    match what {
        Passkey::List { who } => list(app, &who).await,
        Passkey::Hold { who, which, reason } => {
            let (who, which, reason) = read(&who, &which, &reason)?;
            let done = app.credentials().hold(&app.ctx(Actor::Operator), (&who, which), &reason).await;
            done.map_err(failed)?.map_err(Failure::refused)?;
            say(format_args!("{which} is on hold. What it opened has ended."));
            Ok(())
        }
        Passkey::Release { who, which, reason } => {
            let (who, which, reason) = read(&who, &which, &reason)?;
            let done = app.credentials().release(&app.ctx(Actor::Operator), (&who, which), &reason).await;
            let stand = done.map_err(failed)?.map_err(Failure::refused)?;
            say(format_args!("That is set aside. {which} stands {}.", stand_of(stand)));
            Ok(())
        }
    }
}

async fn list(app: &App, who: &str) -> Result<(), Failure> {
    let named = Named::parse(who).map_err(Failure::refused)?;
    let listed = app.credentials().kept(&named).await.map_err(failed)?.map_err(Failure::refused)?;
    if listed.is_empty() {
        say("It has no passkeys.");
        return Ok(());
    }
    let head = ["id", "name", "made", "model", "vouched for", "bound to", "stands"].map(str::to_owned).to_vec();
    say(table(&std::iter::once(head).chain(listed.iter().map(row)).collect::<Vec<_>>()));
    Ok(())
}

fn row(passkey: &Kept) -> Vec<String> {
    vec![
        passkey.id.to_string(),
        passkey.name.clone(),
        shown(passkey.made_at),
        Aaguid::from_bytes(passkey.aaguid).to_string(),
        passkey.attestation.clone(),
        passkey.rp_id.clone(),
        stand_of(passkey.stand),
    ]
}

fn stand_of(stand: Stand) -> String {
    let because = stand.because.map(|because| format!(": {because}")).unwrap_or_default();
    format!("{}{because}", stand.standing.as_str())
}

fn read(who: &str, which: &str, reason: &str) -> Result<(Named, CredentialId, Reason), Failure> {
    let named = Named::parse(who).map_err(Failure::refused)?;
    let which = which.parse().map_err(|refusal| Failure::refused(format!("{which}: {refusal}")))?;
    let reason = Reason::parse(reason).map_err(|refusal| Failure::refused(format!("--reason: {refusal}")))?;
    Ok((named, which, reason))
}
