//! A passkey before the rules: what is known of its model, and which rule is its owner's.

use std::sync::{Arc, LazyLock};

use identity::account::Role;
use policy::authenticator::{AskedOfMakers, Because, Condition, Holder, Model, Passkey, Rule, Ruling};
use store::{CredentialRow, Fault};
use vocab::{Aaguid, AccountId, Timestamp};
use webauthn::metadata::{Metadata, Status};
use webauthn::registration::Answer;
use webauthn::{Anchor, Conveyance, Vouched};

use super::{Authenticators, InForce, model_of};
use crate::App;
use crate::credential::OnRecord;
use crate::session::SignedIn;

/// For whom nothing is written.
static NO_RULE: LazyLock<Rule> = LazyLock::new(Rule::default);

/// Everything that is known of models, and everything that is written of them, at one moment.
pub(crate) struct Known {
    pub(super) list: Option<Arc<Metadata>>,
    /// Whose list it is, or would be.
    pub(super) signer: String,
    pub(crate) rules: Arc<InForce>,
    /// When either was last another.
    pub(super) since: Timestamp,
}

/// Whose passkey it is, as far as rules ask.
#[derive(Debug, Clone, Default)]
pub(crate) struct Owner {
    pub(crate) role: String,
    pub(crate) groups: Vec<String>,
}

impl Owner {
    /// Somebody who comes in with this role; nobody is in a group before they are there.
    pub(crate) fn newcomer(role: Role) -> Self {
        Self { role: role.as_str().to_owned(), groups: Vec::new() }
    }

    fn as_holder(&self) -> Holder<'_> {
        Holder { role: &self.role, groups: &self.groups }
    }
}

impl App {
    /// Groups are read only where a rule asks for one.
    pub(crate) async fn owner(&self, rules: &InForce, (account, role): (AccountId, &str)) -> Result<Owner, Fault> {
        let groups = match rules.rules.ask_for_groups() {
            true => self.store.look(account, |account, snapshot| Box::pin(snapshot.list_groups_of(*account))).await?,
            false => Vec::new(),
        };
        Ok(Owner { role: role.to_owned(), groups })
    }

    /// What makers are asked when this person makes a passkey.
    pub(crate) fn asked(&self, rules: &InForce, owner: &Owner) -> Conveyance {
        match rules.rule(owner).asked {
            None => self.site.attestation,
            Some(AskedOfMakers::None) => Conveyance::None,
            Some(AskedOfMakers::Direct) => Conveyance::Direct,
            Some(AskedOfMakers::Enterprise) => Conveyance::Enterprise,
        }
    }
}

impl InForce {
    pub(crate) fn rule(&self, owner: &Owner) -> &Rule {
        self.rules.of(owner.as_holder()).unwrap_or(&NO_RULE)
    }
}

impl Authenticators<'_> {
    /// Whether a person should know that the maker of their device is asked about it.
    pub async fn asks_about(&self, who: &SignedIn) -> Result<bool, Fault> {
        let rules = self.in_force().await?;
        let owner = self.0.owner(&rules, (who.account.id, who.account.role.as_str())).await?;
        Ok(self.0.asked(&rules, &owner) != Conveyance::None)
    }

    /// The same of somebody who comes in.
    pub async fn asks_about_newcomers(&self, role: Role) -> Result<bool, Fault> {
        Ok(self.0.asked(&*self.in_force().await?, &Owner::newcomer(role)) != Conveyance::None)
    }

    pub(crate) async fn everything_known(&self) -> Result<Known, Fault> {
        let rules = self.in_force().await?;
        let list = self.last_list().await?;
        let imported_at = list.as_ref().map(|(_, imported_at)| *imported_at);
        let since = imported_at.into_iter().chain([rules.made_at]).max().unwrap_or(rules.made_at);
        Ok(Known { list: list.map(|(list, _)| list), signer: self.0.site.list_signer.name(), rules, since })
    }
}

impl Known {
    /// Whom to believe about a new passkey. A model that may be broken is believed about nothing.
    pub(crate) fn anchors(&self, answer: &Answer) -> Vec<Anchor> {
        if !answer.has_a_maker() {
            return Vec::new();
        }
        let listed = self.list.as_deref().and_then(|list| model_of(list, answer));
        if listed.is_some_and(|model| condition(model) == Condition::Breached) {
            return Vec::new();
        }
        let own = answer.claimed_aaguid().and_then(|aaguid| self.rules.anchors.get(&Aaguid::from_bytes(aaguid)));
        let of_list = listed.map(|model| model.anchors.as_slice()).unwrap_or_default();
        own.map(Vec::as_slice).unwrap_or_default().iter().chain(of_list).cloned().collect()
    }

    /// A passkey as rules look at it.
    pub(crate) fn passkey(&self, row: &CredentialRow) -> Passkey {
        let aaguid = Aaguid::from_bytes(row.aaguid);
        let listed = self.list.as_deref().and_then(|list| match &row.batch {
            Some(batch) => list.token(batch),
            None => list.model(row.aaguid),
        });
        let listed = listed.map(|model| Model {
            condition: condition(model),
            level: model.level,
            is_hardware: model.is_hardware == Some(true),
        });
        let own = self.rules.rules.model(aaguid).map(|model| Model {
            // Whatever an administrator says of a model, a breach that is reported of it counts.
            condition: listed.map_or(Condition::Sound, |listed| listed.condition),
            level: model.level,
            is_hardware: model.is_hardware,
        });
        Passkey {
            aaguid,
            is_vouched_for: row.attestation == Vouched::Anchor.as_str(),
            is_synced: row.is_backup_eligible,
            model: own.or(listed),
        }
    }

    /// May this passkey come in?
    pub(crate) fn admit(&self, row: &CredentialRow, owner: &Owner) -> Ruling {
        self.rules.rule(owner).admit(&self.passkey(row))
    }

    /// How a passkey that is there is to stand. What only a list could tell holds on while there is none.
    pub(crate) fn due(&self, (row, is): (&CredentialRow, &OnRecord), owner: &Owner) -> OnRecord {
        let (stand, said) = self.rules.rule(owner).becomes(&self.passkey(row), &is.said, &is.released);
        let is_of_a_list = matches!(is.stand.because, Some(Because::Breached | Because::Retired));
        let holds_on = self.list.is_none() && is_of_a_list;
        let stand = if holds_on { is.stand.or_graver(stand) } else { stand };
        OnRecord { stand, said, released: is.released.clone() }
    }

    /// The same where an administrator sets aside the one thing by which it stands as it does.
    pub(crate) fn released(&self, (row, is): (&CredentialRow, &OnRecord), owner: &Owner) -> OnRecord {
        let aside = is.stand.because;
        let mut released = is.released.clone();
        released.extend(aside.filter(|because| because.is_of_the_model() && !is.released.contains(because)));
        let said: Vec<_> = is.said.iter().filter(|said| said.because != aside).copied().collect();
        let (stand, said) = self.rules.rule(owner).becomes(&self.passkey(row), &said, &released);
        OnRecord { stand, said, released }
    }

    /// What its model is called.
    pub(crate) fn name(&self, row: &CredentialRow) -> Option<&str> {
        let own = self.rules.rules.model(Aaguid::from_bytes(row.aaguid)).map(|model| model.name.as_str());
        let listed = || self.list.as_deref().and_then(|list| list.model(row.aaguid)).map(|model| model.name.as_str());
        own.or_else(listed).or_else(|| webauthn::provider::name(&row.aaguid))
    }

    /// Tells one state of knowledge from another.
    pub(super) fn mark(&self) -> String {
        let list = self.list.as_ref().map_or_else(|| "-".to_owned(), |list| list.number.to_string());
        format!("list {list} of {}, rules {}", self.signer, self.rules.number)
    }
}

fn condition(model: &webauthn::metadata::Model) -> Condition {
    match &model.status {
        Some((status, _)) if status.is_a_breach() => Condition::Breached,
        Some((Status::Retired, _)) => Condition::Retired,
        _ => Condition::Sound,
    }
}
