//! One more passkey for somebody who is signed in.

use std::sync::Arc;

use identity::credential::{self, user_handle};
use policy::Action;
use policy::authenticator::Ruling;
use serde::{Deserialize, Serialize};
use store::{Close, CredentialRow, EntryRow, JobRow};
use vocab::{CeremonyId, CredentialId, RpId, SessionId};
use webauthn::registration::{self, Answer, Options, Pending, Registered, User};
use webauthn::{Algorithm, Mediation, Trust};

use super::{Credentials, File, Listed, Refusal, descriptors, facts, held_back, is_post_quantum, listed};
use crate::ceremony::{Begun, Binding, Denied, Finish, LIFE, Opened, Stage, TIMEOUT_MS, Within};
use crate::outbox::Notice;
use crate::session::{SignedIn, hold};
use crate::{Ctx, Decided, anew};

/// What is sealed between the two halves of adding one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AddState {
    within: Within,
    /// The passkey beside which the same provider makes one that signs with lattices.
    upgrades: Option<String>,
    pending: Pending,
}

impl Stage for AddState {
    const PURPOSE: &'static [u8] = b"signet ceremony v1: add a passkey";
}

struct Adding {
    ceremony: CeremonyId,
    session: SessionId,
    rp_ids: Arc<[RpId]>,
    credential: CredentialRow,
    /// It must look as if somebody had it.
    is_decoy: bool,
    entry: EntryRow,
    notices: Vec<JobRow>,
}

enum Added {
    Yes,
    Spent,
    AlreadyRegistered,
    TooMany,
}

impl Denied<Refusal> {
    fn in_session(refusal: Refusal) -> Self {
        let reason = match refusal {
            Refusal::Unfit(_) => "add.unfit",
            _ => "add.not_permitted",
        };
        Self { refusal, reason: Some(reason) }
    }

    fn already_registered() -> Self {
        Self { refusal: Refusal::AlreadyRegistered, reason: Some("add.already_registered") }
    }
}

impl Credentials<'_> {
    /// Begin to make another passkey. `upgrades`: beside this one, which its provider would otherwise not do, and one that
    /// a quantum computer does not break.
    pub async fn begin_adding(
        &self,
        ctx: &Ctx,
        binding: Binding,
        (who, upgrades): (&SignedIn, Option<CredentialId>),
    ) -> Decided<Begun<Options>, Refusal> {
        if let Err(denial) = who.may(Action::AddCredential, ctx.now) {
            return Ok(Err(denial.into()));
        }
        let file = self.file(who).await?;
        if let Err(refusal) = credential::add(&facts(&file.credentials, self.0.rp_ids())?) {
            return Ok(Err(refusal.into()));
        }
        let upgraded = match upgrades {
            None => None,
            Some(id) => match file.find(id).filter(|row| !is_post_quantum(row)) {
                None => return Ok(Err(credential::Refusal::Unknown.into())),
                // A device that makes the new one may overwrite the old one at once: it is not to be the only way in.
                Some(_) if !file.usable(self.0.rp_ids()).any(|other| other.id != id) => {
                    return Ok(Err(credential::Refusal::LastOne.into()));
                }
                found => found,
            },
        };
        let rules = self.0.authenticators().in_force().await?;
        let owner = self.0.owner(&rules, (who.account.id, who.account.role.as_str())).await?;
        let ask = registration::Ask {
            challenge: self.0.challenge(),
            user: User {
                handle: user_handle(who.account.id),
                name: file.user_name(who).to_owned(),
                display_name: who.account.display_name.clone(),
            },
            exclude: descriptors(file.active().filter(|row| upgraded.is_none_or(|upgraded| upgraded.id != row.id))),
            timeout_ms: TIMEOUT_MS,
            mediation: Mediation::Modal,
            attestation: self.0.asked(&rules, &owner),
            algorithms: match upgraded {
                None => Algorithm::ALL.to_vec(),
                Some(_) => Algorithm::POST_QUANTUM.to_vec(),
            },
        };
        let (options, pending) = registration::begin(&self.0.site.relying_party, ask);
        let state =
            AddState { within: Within::of(who), upgrades: upgrades.as_ref().map(CredentialId::to_string), pending };
        let state = self.0.seal_ceremony(ctx, binding, state)?;
        Ok(Ok(Begun { state, options, expires_in: LIFE }))
    }

    pub async fn finish_adding(&self, ctx: &Ctx, finish: Finish, who: &SignedIn) -> Decided<Listed, Refusal> {
        self.0.counted(ctx, self.conclude(ctx, finish, who).await)
    }

    async fn conclude(&self, ctx: &Ctx, finish: Finish, who: &SignedIn) -> Decided<Listed, Denied<Refusal>> {
        let Ok(answer) = Answer::parse(&finish.credential) else { return Ok(Err(Denied::unreadable())) };
        let opened = self.0.open_ceremony::<AddState>(ctx, &finish).await?;
        let Some(opened) = opened.filter(|opened| opened.of.within == Within::of(who)) else {
            return Ok(Err(Denied::begin_again()));
        };
        if !answer.answers(&opened.of.pending) {
            return Ok(Err(Denied::other_ceremony()));
        }
        anew(|| self.attempt(ctx, (&opened, &answer), who)).await
    }

    async fn attempt(
        &self,
        ctx: &Ctx,
        (opened, answer): (&Opened<AddState>, &Answer),
        who: &SignedIn,
    ) -> Decided<Listed, Denied<Refusal>> {
        let file = self.file(who).await?;
        if self.0.is_void(opened, &file.fence) {
            return Ok(Err(Denied::begin_again()));
        }
        if let Err(refusal) = file.check_session() {
            return Ok(Err(Denied::in_session(refusal)));
        }
        let known = self.0.authenticators().everything_known().await?;
        let owner = self.0.owner(&known.rules, (who.account.id, who.account.role.as_str())).await?;
        let anchors = known.anchors(answer);
        let made =
            self.prove_addition(who, opened, answer, &self.0.trust(ctx, (&anchors, &known))).and_then(|registered| {
                let mut row = self.0.new_credential(ctx, who.account.id, &registered);
                let ruling = known.admit(&row, &owner);
                if let Ruling::TurnAway(because) = ruling {
                    return Err(Denied::not_let_in(because));
                }
                let upgrades = opened.of.upgrades.as_deref().and_then(|id| id.parse().ok());
                row.replaces = upgrades.filter(|old| file.is_beside(*old, &row));
                Ok(match ruling {
                    Ruling::HoldBack(because) => held_back(row, because),
                    _ => row,
                })
            });
        match made {
            Ok(credential) => self.add(ctx, who, (opened.id, credential), file).await,
            Err(denied) => self.0.turn_away(ctx, opened.id, denied).await.map(Err),
        }
    }

    fn prove_addition(
        &self,
        who: &SignedIn,
        opened: &Opened<AddState>,
        answer: &Answer,
        trust: &Trust<'_>,
    ) -> Result<Registered, Denied<Refusal>> {
        let registered = registration::finish(&self.0.site.relying_party, &opened.of.pending, answer, trust)
            .map_err(Denied::by_the_standard)?;
        // As fresh as it was when it was begun: the person was at it since.
        who.may(Action::AddCredential, opened.begun_at).map_err(|denial| Denied::in_session(denial.into()))?;
        Ok(registered)
    }

    async fn add(
        &self,
        ctx: &Ctx,
        who: &SignedIn,
        (ceremony, credential): (CeremonyId, CredentialRow),
        file: File,
    ) -> Decided<Listed, Denied<Refusal>> {
        let shown = listed(&credential, self.0.rp_ids())?;
        let subject = self.0.subject_of(who.account.id, file.subject_key, ctx.now).await?;
        let notice = Notice::PasskeyAdded { name: credential.name.clone(), device: ctx.client.device.clone() };
        let adding = Adding {
            ceremony,
            session: who.session.id(),
            rp_ids: Arc::clone(self.0.rp_ids()),
            entry: self.0.credential_registered(ctx, &subject, &credential)?,
            notices: self.0.notices(ctx, who.account.id, &file.identifiers, &notice),
            is_decoy: self.0.is_decoy(&credential.raw_id),
            credential,
        };
        Ok(match self.0.store.write(adding, record_addition).await? {
            Added::Yes => {
                self.0.work_is_due.notify_one();
                Ok(shown)
            }
            Added::Spent => Err(Denied::begin_again()),
            Added::AlreadyRegistered => Err(Denied::already_registered()),
            Added::TooMany => Err(Denied::in_session(credential::Refusal::TooMany.into())),
        })
    }
}

fn record_addition<'t>(adding: &'t Adding, tx: &'t mut store::Tx<'_>) -> store::Answer<'t, Close<Added>> {
    Box::pin(async move {
        let (account, now) = (adding.credential.account_id, adding.credential.made_at);
        if !tx.take_ceremony(adding.ceremony, now).await? {
            return Ok(Close::Undo(Added::Spent));
        }
        hold(tx, (account, adding.session), now).await?;
        if credential::add(&facts(&tx.list_credentials(account).await?, &adding.rp_ids)?).is_err() {
            return Ok(Close::Commit(Added::TooMany));
        }
        if adding.is_decoy || !tx.take_raw_id(&adding.credential).await? {
            return Ok(Close::Commit(Added::AlreadyRegistered));
        }
        tx.insert_credential(&adding.credential).await?;
        tx.insert_entry(&adding.entry).await?;
        for notice in &adding.notices {
            tx.insert_job(notice).await?;
        }
        Ok(Close::Commit(Added::Yes))
    })
}
