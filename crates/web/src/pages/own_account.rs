//! A person's own page.

use app::account::Named;
use app::activity::{Event, Happened};
use app::authenticators::{Because, Standing};
use app::credential::{CredentialKind, Listed as Passkey};
use app::session::{Listed as Session, SignedIn};
use axum::extract::State;
use axum::response::Response;
use vocab::Timestamp;

use super::{frame, with_ceremony};
use crate::Shared;
use crate::context::{Context, Visit, Who};
use crate::notice::{Notice, Noticed};
use crate::problem::Problem;
use crate::view::{
    self, Account, Activity, Banner, DeviceKind, IdentifierRow, Impression, PasskeyKind, PasskeyRow, Remark,
    SessionRow, Tone, isolated,
};
use crate::when;

/// So much of what happened last is shown, and so many changes.
const SHOWN: i64 = 10;

/// GET /account
pub(crate) async fn show(
    State(web): State<Shared>,
    Who(who): Who,
    visit: Visit,
    Context(ctx): Context,
    noticed: Noticed,
) -> Result<Response, Problem> {
    let found = web.app.accounts().find(&Named::Id(who.account.id)).await?.ok_or_else(Problem::sign_in_required)?;
    let identifier = |typed: String, confirmed| IdentifierRow { typed, confirmed };
    let mut identifiers: Vec<_> = found.identifiers.into_iter().map(|row| identifier(row.typed, true)).collect();
    let waiting = web.app.addresses().waiting(&ctx, &who).await?;
    identifiers.extend(waiting.into_iter().map(|typed| identifier(typed, false)));
    let passkeys = web.app.credentials().list(&who).await?;
    let sessions = web.app.sessions().list(&ctx, &who).await?;
    let activity = web.app.activity(&ctx, &who, SHOWN).await?;
    let view = Account {
        display_name: who.account.display_name.clone(),
        identifiers,
        activity: activity.iter().filter_map(|happened| told(happened, &passkeys, ctx.now)).collect(),
        sessions: sessions.into_iter().map(|session| session_row(session, &who, ctx.now)).collect(),
        passkeys: passkey_rows(passkeys, ctx.now),
        banner: noticed.0.and_then(banner),
        is_from_elsewhere: noticed.0 == Some(Notice::FromElsewhere),
        is_of_before: noticed.0 == Some(Notice::OfBefore),
        asks_makers: web.app.authenticators().asks_about(&who).await?,
    };
    Ok(noticed.once(with_ceremony(&web, &visit, view::account(&frame(&web), &view))))
}

fn passkey_rows(passkeys: Vec<Passkey>, now: Timestamp) -> Vec<PasskeyRow> {
    let ways_in: Vec<_> = passkeys.iter().filter(|passkey| passkey.is_usable).map(|passkey| passkey.id).collect();
    let row = |passkey: Passkey| PasskeyRow {
        remark: remark(&passkey),
        removable: ways_in.iter().any(|way| *way != passkey.id),
        id: passkey.id.to_string(),
        name: passkey.name,
        impression: Impression::of(&passkey.impression),
        kind: kind(passkey.kind),
        provider: passkey.provider.map(str::to_owned),
        created: when::inside(passkey.made_at, now),
        last_used: passkey.last_used_at.map(|at| when::inside(at, now)),
    };
    passkeys.into_iter().map(row).collect()
}

/// What a person should know of a passkey that is not as good as any.
fn remark(passkey: &Passkey) -> Option<Remark> {
    let why = match passkey.because {
        Some(Because::Breached) => "A fault was reported in devices of its kind.",
        Some(Because::Regressed) => "It did not count on as such a device does: there may be a copy.",
        Some(Because::Held) => "An administrator put it on hold.",
        Some(_) => "Its kind is not accepted here any more.",
        None => "",
    };
    let (badge, then) = match passkey.standing {
        Standing::Good if passkey.is_usable => return None,
        Standing::Good => {
            return Some(Remark {
                badge: "Of another address",
                sentence: "It was made for another address of ours and signs you in there alone.".to_owned(),
            });
        }
        Standing::Flagged => ("Needs a look", "It still signs you in. Add another, then remove this one."),
        Standing::Doubted => {
            ("In doubt", "It still signs you in. To change passkeys, sign in with another, or ask the help desk.")
        }
        Standing::Suspended => ("On hold", "It signs you in again once it is released."),
    };
    Some(Remark { badge, sentence: format!("{why} {then}") })
}

pub(super) fn kind(kind: CredentialKind) -> PasskeyKind {
    match kind {
        CredentialKind::Synced => PasskeyKind::Synced,
        CredentialKind::ThisDevice => PasskeyKind::ThisDevice,
        CredentialKind::SecurityKey => PasskeyKind::SecurityKey,
    }
}

fn session_row(session: Session, who: &SignedIn, now: Timestamp) -> SessionRow {
    let kind = match session.device.as_str() {
        device if device.ends_with("iPhone") || device.ends_with("Android") => DeviceKind::Phone,
        device if device.starts_with("curl") || device.is_empty() => DeviceKind::Terminal,
        _ => DeviceKind::Computer,
    };
    let is_here = session.address.as_deref().is_some_and(|address| matches!(address, "127.0.0.1" | "::1"));
    SessionRow {
        id: session.id.to_string(),
        device: if session.device.is_empty() { "An unknown program".to_owned() } else { session.device },
        kind,
        place: if is_here { Some("This computer".to_owned()) } else { session.address },
        since: when::inside(session.opened_at, now),
        last_active: when::inside(session.last_seen_at, now),
        current: session.id == who.session.id(),
    }
}

/// What happened, as a sentence. Entries that mean nothing to a person are left out.
fn told(happened: &Happened, passkeys: &[Passkey], now: Timestamp) -> Option<Activity> {
    let named = |id: &str| {
        let passkey = passkeys.iter().find(|passkey| passkey.id.to_string() == id);
        passkey.map_or_else(|| "a passkey that is gone".to_owned(), |passkey| isolated(&passkey.name))
    };
    let device = Some(happened.said("device")).filter(|device| !device.is_empty()).map(str::to_owned);
    let (tone, what, note) = match happened.event {
        Event::AccountCreated => (None, "This account was made".to_owned(), None),
        Event::AccountDisabled => return None,
        Event::SessionOpened => {
            (Some(Tone::Ok), format!("Signed in with {}", named(happened.said("credential"))), device)
        }
        Event::SessionEnded if happened.said("why") == "ended_elsewhere" => {
            (None, "A session was ended from another one".to_owned(), None)
        }
        Event::SessionEnded => return None,
        Event::CredentialRegistered => {
            (Some(Tone::Ok), format!("{} was added as a way in", isolated(happened.said("name"))), device)
        }
        Event::CredentialRenamed => {
            let (name, was) = (isolated(happened.said("name")), isolated(happened.said("was")));
            (None, format!("{was} is called {name} now"), None)
        }
        Event::CredentialRemoved => {
            (Some(Tone::Warn), format!("{} was removed and signs in no more", isolated(happened.said("name"))), None)
        }
        Event::SignInDenied => {
            let what = format!("Somebody tried {} and was turned away", named(happened.said("credential")));
            (Some(Tone::Warn), what, Some("Nothing was opened.".to_owned()))
        }
        Event::CountRegressed => {
            let what = format!("{} counted backwards: there may be a copy of it", named(happened.said("credential")));
            (Some(Tone::Warn), what, None)
        }
        Event::SetupCompleted => (Some(Tone::Ok), "You became the first administrator".to_owned(), None),
        Event::AddressConfirmed => {
            (Some(Tone::Ok), format!("The address {} was confirmed", isolated(happened.said("typed"))), None)
        }
        Event::StandingChanged => {
            let name = isolated(happened.said("name"));
            match happened.said("standing") {
                "good" => (Some(Tone::Ok), format!("{name} is in order again"), None),
                "suspended" => (Some(Tone::Warn), format!("{name} was put on hold and signs in no more"), None),
                "doubted" => (Some(Tone::Warn), format!("{name} came into doubt"), None),
                _ => (Some(Tone::Warn), format!("{name} needs a look"), None),
            }
        }
        Event::KeyMade
        | Event::KeyRetired
        | Event::RestoreAccepted
        | Event::SetupLinkMade
        | Event::SetupReopened
        | Event::FailuresCounted
        | Event::MetadataImported
        | Event::RulesWritten
        | Event::GroupJoined
        | Event::GroupLeft
        | Event::DomainChanged => return None,
    };
    Some(Activity { what, when: when::alone(happened.at, now), tone, note })
}

fn banner(done: Notice) -> Option<Banner> {
    let sentence = match done {
        Notice::PasskeyAdded => "Passkey added. You can sign in with it from now on.",
        Notice::PasskeyRenamed => "Passkey renamed.",
        Notice::PasskeyRemoved => "Passkey removed. It can no longer sign you in.",
        Notice::SessionEnded => "That session has ended.",
        Notice::OtherSessionsEnded => "All other sessions have ended.",
        Notice::SignedOut | Notice::FromElsewhere | Notice::OfBefore => return None, // said elsewhere, and more than a sentence
    };
    Some(Banner { tone: Tone::Ok, sentence: sentence.to_owned() })
}
