//! The letters Signet writes, and to whom.

use serde_json::{Value, json};
use store::{AccountRow, ClaimedJob, Fault, IdentifierRow, JobRow, Urgency};
use vocab::{AccountId, JobId};

use policy::Standing;

use super::Verdict;
use crate::account::shown;
use crate::authenticators::Because;
use crate::{App, Ctx, Letter};

/// A message to the person an account belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    AccountCreated,
    AccountDisabled,
    PasskeyAdded { name: String, device: String },
    PasskeyRemoved { name: String, device: String },
    PasskeyStanding { name: String, standing: Standing, because: Option<Because> },
    PasskeyReplaced { name: String },
}

impl Notice {
    fn body(&self) -> Value {
        match self {
            Self::AccountCreated => json!({ "notice": "account_created" }),
            Self::AccountDisabled => json!({ "notice": "account_disabled" }),
            Self::PasskeyAdded { name, device } => json!({ "notice": "passkey_added", "name": name, "device": device }),
            Self::PasskeyRemoved { name, device } => {
                json!({ "notice": "passkey_removed", "name": name, "device": device })
            }
            Self::PasskeyReplaced { name } => json!({ "notice": "passkey_replaced", "name": name }),
            Self::PasskeyStanding { name, standing, because } => json!({
                "notice": "passkey_standing",
                "name": name,
                "standing": standing.as_str(),
                "because": because.map(Because::as_str),
            }),
        }
    }

    fn read(body: &Value) -> Option<Self> {
        let said = |field| body.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(match said("notice").as_str() {
            "account_created" => Self::AccountCreated,
            "account_disabled" => Self::AccountDisabled,
            "passkey_added" => Self::PasskeyAdded { name: said("name"), device: said("device") },
            "passkey_removed" => Self::PasskeyRemoved { name: said("name"), device: said("device") },
            "passkey_replaced" => Self::PasskeyReplaced { name: said("name") },
            "passkey_standing" => Self::PasskeyStanding {
                name: said("name"),
                standing: Standing::parse(&said("standing"))?,
                because: Because::parse(&said("because")),
            },
            _ => return None,
        })
    }
}

impl App {
    /// Tell the person, at each confirmed address: one that fails keeps no other from being told, or told once.
    pub(crate) fn notices(
        &self,
        ctx: &Ctx,
        id: AccountId,
        identifiers: &[IdentifierRow],
        notice: &Notice,
    ) -> Vec<JobRow> {
        let addresses = identifiers.iter().filter(|row| row.kind == "email");
        addresses.map(|address| self.notice_job(ctx, id, (notice, &address.canonical))).collect()
    }

    fn notice_job(&self, ctx: &Ctx, account_id: AccountId, (notice, to): (&Notice, &str)) -> JobRow {
        let mut body = notice.body();
        if let Some(body) = body.as_object_mut() {
            body.insert("to".to_owned(), to.into());
            body.insert("at".to_owned(), shown(ctx.now).into());
        }
        JobRow {
            account_id,
            id: JobId::made(ctx.now, self.noise()),
            kind: "notice".to_owned(),
            body: body.to_string(),
            due_at: ctx.now,
            urgency: Urgency::Warning,
        }
    }

    pub(crate) async fn letter_of_notice(&self, job: &ClaimedJob) -> Result<Result<Letter, Verdict>, Fault> {
        let give_up = |because: String| Ok(Err(Verdict::GiveUp { because }));
        let body: Value = serde_json::from_str(&job.body).unwrap_or_default();
        let said = |field| body.get(field).and_then(Value::as_str).unwrap_or_default();
        let Some(notice) = Notice::read(&body) else {
            return give_up(format!("nobody knows the notice {:?}", said("notice")));
        };
        let found = self
            .store
            .read(job.account_id, |id, snapshot| {
                Box::pin(async move { Ok((snapshot.account(*id).await?, snapshot.list_identifiers(*id).await?)) })
            })
            .await?;
        let (Some(account), identifiers) = found else {
            return give_up("the account is gone".to_owned());
        };
        let Some(address) = identifiers.iter().find(|row| row.kind == "email" && row.canonical == said("to")) else {
            return give_up("the account no longer has this address".to_owned());
        };
        let (subject, text) = Letters(self).words(&notice, (&account.display_name, said("at")));
        Ok(Ok(letter(job.id, &address.typed, subject, text)))
    }
}

fn letter(id: JobId, to: &str, subject: String, text: String) -> Letter {
    Letter { id: id.to_string(), to: to.to_owned(), subject, text }
}

/// What is written, in the words of `LANGUAGE`.
pub(crate) struct Letters<'a>(pub(crate) &'a App);

impl Letters<'_> {
    fn words(&self, notice: &Notice, (name, at): (&str, &str)) -> (String, String) {
        let organisation = &self.0.site.relying_party.name;
        let account = self.0.site.url("/account");
        let (subject, text) = match notice {
            Notice::AccountCreated => (
                "An account was made for you".to_owned(),
                "an account was made for you. Nothing is needed from you now.".to_owned(),
            ),
            Notice::AccountDisabled => (
                "Your account was closed".to_owned(),
                "your account was closed and can no longer be used to sign in. If you did not expect this, talk to \
                 the person who looks after accounts where you work."
                    .to_owned(),
            ),
            Notice::PasskeyAdded { name, device } => (
                "A passkey was added to your account".to_owned(),
                format!(
                    "the passkey “{name}” was added to your account at {at}{}. If that was you, all is well.\n\nIf it \
                     was not you, sign in at {account}, remove the passkey, end all other sessions, and tell the \
                     people who look after accounts where you work.",
                    from(device)
                ),
            ),
            Notice::PasskeyRemoved { name, device } => (
                "A passkey was removed from your account".to_owned(),
                format!(
                    "the passkey “{name}” was removed from your account at {at}{}. It can no longer sign you in. If \
                     that was you, all is well.\n\nIf it was not you, sign in at {account}, look through your \
                     passkeys and sessions, and tell the people who look after accounts where you work.",
                    from(device)
                ),
            ),
            Notice::PasskeyReplaced { name } => (
                "A newer passkey took the place of an older one".to_owned(),
                format!(
                    "you signed in at {at} with the passkey that was made beside “{name}”, and “{name}” has gone: the \
                     new one does the same, and better.\n\nIf you made no such passkey, sign in at {account}, look \
                     through your passkeys and sessions, and tell the people who look after accounts where you work."
                ),
            ),
            Notice::PasskeyStanding { name, standing, because } => {
                standing_words(name, (*standing, *because), &account)
            }
        };
        (subject, format!("Hello {name},\n\n{text}\n\n{organisation}\n"))
    }

    /// Nothing of it is in the words of whoever asked: the address may be anybody's.
    pub(crate) fn confirm_address(&self, id: JobId, typed: &str, token: &str) -> Letter {
        let organisation = &self.0.site.relying_party.name;
        let link = self.0.site.url(&format!("/confirm?link={token}"));
        let text = format!(
            "Hello,\n\nthis address was given for an account at {organisation}. To confirm that it is yours, \
             open this link on a device where you are signed in, within a day:\n\n{link}\n\nIf you have no account \
             there, somebody typed your address by mistake or in bad faith. Do nothing: without you it is not \
             used.\n\n{organisation}\n"
        );
        letter(id, typed, "Confirm your address".to_owned(), text)
    }

    /// Somebody gave an address that is the address of this account already.
    pub(crate) fn address_in_use(&self, id: JobId, (owner, address): &(AccountRow, IdentifierRow)) -> Letter {
        let organisation = &self.0.site.relying_party.name;
        let sign_in = self.0.site.url("/sign-in");
        let text = format!(
            "Hello {},\n\nsomebody gave this address for a new account at {organisation}. It is the address of your \
             account already, and nothing has changed.\n\nIf it was you: you have an account, and can sign in at \
             {sign_in}. If it was not, you need do nothing.\n\n{organisation}\n",
            owner.display_name
        );
        letter(id, &address.typed, "Your address was used for a sign-up".to_owned(), text)
    }
}

/// What a person should know of a passkey of theirs, and what to do.
fn standing_words(name: &str, (standing, because): (Standing, Option<Because>), account: &str) -> (String, String) {
    let why = match because {
        None => return good_again(name),
        Some(Because::Breached) => "a fault was reported in devices or programs of its kind",
        Some(Because::Regressed) => "it did not count on as such a device does, so there may be a copy of it",
        Some(Because::Held) => "an administrator has put it on hold",
        Some(_) => "your organisation does not accept its kind any more",
    };
    let add = format!("add another passkey at {account}");
    let (subject, then) = match standing {
        Standing::Good => return good_again(name),
        Standing::Flagged => (
            "One of your passkeys needs a look",
            format!("It still signs you in. To be safe, {add}, then remove this one."),
        ),
        Standing::Doubted => (
            "One of your passkeys is in doubt",
            format!(
                "It still signs you in, but changing passkeys and ending sessions elsewhere needs another one. If you \
                 have another, sign in with it at {account} and remove this one. If you have none, talk to the people \
                 who look after accounts where you work."
            ),
        ),
        Standing::Suspended => (
            "One of your passkeys is on hold",
            format!(
                "It signs you in no more, and what it opened has ended. Use another passkey at {account}. If you have \
                 none, talk to the people who look after accounts where you work."
            ),
        ),
    };
    (subject.to_owned(), format!("your passkey “{name}” needs your attention: {why}.\n\n{then}"))
}

fn good_again(name: &str) -> (String, String) {
    ("Your passkey is in order again".to_owned(), format!("your passkey “{name}” is in order again. All is well."))
}

fn from(device: &str) -> String {
    if device.is_empty() { String::new() } else { format!(", in {device}") }
}
