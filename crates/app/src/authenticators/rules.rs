//! What an administrator has written of authenticators: taken by number, the highest counts, on every node.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use audit::Event;
use policy::authenticator::{Rule, Rules, Unreadable};
use serde_json::json;
use store::{Close, EntryRow, Fault, Kind, RulesRow};
use vocab::{Aaguid, Timestamp};
use webauthn::{Anchor, Conveyance, RevocationList};

use super::Authenticators;
use crate::audit_entry::Subject;
use crate::keys::Use;
use crate::{Ctx, Decided};

/// The rules that count.
#[derive(Debug)]
pub struct InForce {
    /// Zero: none were written yet.
    pub number: i64,
    /// As they were written.
    pub text: String,
    pub made_at: Timestamp,
    pub(crate) rules: Rules,
    pub(crate) anchors: BTreeMap<Aaguid, Vec<Anchor>>,
    pub(crate) revoked: Vec<RevocationList>,
}

/// Why rules were not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RulesRefusal {
    Unreadable(Unreadable),
    /// A model that an administrator describes has roots that are no certificates.
    Roots(String),
    /// A list of certificates that were taken back cannot be used; the first is number one.
    Revocations(usize),
    /// Somebody else has just written others.
    Outrun,
}

/// Rules that may count here, where makers are asked so.
fn check_asked(rules: &Rules, asked: Conveyance) -> Result<(), RulesRefusal> {
    let asks_nobody = |rule: &&Rule| rule.asked.is_none() && rule.asks_for_makers() && asked == Conveyance::None;
    match rules.rules.iter().find(asks_nobody) {
        Some(rule) => Err(RulesRefusal::Unreadable(rule.rests_on_makers())),
        None => Ok(()),
    }
}

impl fmt::Display for RulesRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "{why}"),
            Self::Roots(model) => write!(f, "model “{model}”: its roots are not certificates in PEM"),
            Self::Revocations(number) => {
                write!(f, "revocations, number {number}: this is not a list in PEM (X509 CRL) that its issuer signed")
            }
            Self::Outrun => f.write_str("somebody else has just written other rules; look at them first"),
        }
    }
}

impl std::error::Error for RulesRefusal {}

impl InForce {
    pub(super) fn none() -> Self {
        Self {
            number: 0,
            text: String::new(),
            made_at: Timestamp::from_micros(0),
            rules: Rules::default(),
            anchors: BTreeMap::new(),
            revoked: Vec::new(),
        }
    }

    /// Rules that nobody has taken yet, or that were taken before.
    pub(super) fn read(row: RulesRow) -> Result<Self, RulesRefusal> {
        let rules = Rules::read(&row.text).map_err(RulesRefusal::Unreadable)?;
        let vouched = rules.models.iter().filter(|model| !model.roots.trim().is_empty());
        let anchors = vouched.map(|model| {
            let roots = Anchor::parse_pem(&model.roots).ok_or_else(|| RulesRefusal::Roots(model.name.clone()))?;
            Ok((model.aaguid, roots))
        });
        let anchors = anchors.collect::<Result<_, _>>()?;
        let revoked = rules.revocations.iter().zip(1..).map(|(revocations, number)| {
            let issuer = Anchor::parse_pem(&revocations.issuer).and_then(|found| found.into_iter().next());
            let list = issuer.and_then(|issuer| RevocationList::parse_pem(&revocations.list, &issuer));
            list.ok_or(RulesRefusal::Revocations(number))
        });
        let revoked = revoked.collect::<Result<_, _>>()?;
        let RulesRow { number, text, made_at } = row;
        Ok(Self { number, text, made_at, rules, anchors, revoked })
    }
}

impl Authenticators<'_> {
    /// Rules take the place of those before. They count for new passkeys at once, and for those that are there as soon
    /// as a node has gone through them.
    pub async fn adopt(&self, ctx: &Ctx, text: String) -> Decided<Arc<InForce>, RulesRefusal> {
        let number = self.rules_number().await? + 1;
        let row = RulesRow { number, text, made_at: ctx.now };
        let read = match self.draft(row.clone()) {
            Ok(read) => Arc::new(read),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let subject = Subject::Nobody(self.0.ring.active(Use::Audit, ctx.now)?);
        let names: Vec<&str> = read.rules.rules.iter().map(|rule| rule.name.as_str()).collect();
        let details = json!({ "number": number, "rules": names, "text": row.text });
        let entry = self.0.entry(ctx, Event::RulesWritten, &subject, details)?;
        if !self.0.store.write((row, entry), record_rules).await? {
            return Ok(Err(RulesRefusal::Outrun));
        }
        self.0.rules.store(Some(Arc::clone(&read)));
        Ok(Ok(read))
    }

    /// Rules that nobody has taken yet.
    pub(super) fn draft(&self, row: RulesRow) -> Result<InForce, RulesRefusal> {
        let read = InForce::read(row)?;
        check_asked(&read.rules, self.0.site.attestation)?;
        Ok(read)
    }

    /// The rules that count now, whichever node took them.
    pub async fn in_force(&self) -> Result<Arc<InForce>, Fault> {
        let number = self.rules_number().await?;
        if let Some(known) = self.0.rules.load_full().filter(|known| known.number == number) {
            return Ok(known);
        }
        let row = self.0.store.look((), |(), snapshot| Box::pin(snapshot.authenticator_rules())).await?;
        // What cannot be read any more is not as if nothing were written: whoever depends on it waits.
        let broken = |why: RulesRefusal| Fault::new(Kind::Corrupt, format!("the rules of authenticators: {why}"));
        let read = Arc::new(row.map_or_else(|| Ok(InForce::none()), InForce::read).map_err(broken)?);
        self.0.rules.store(Some(Arc::clone(&read)));
        Ok(read)
    }

    /// As this node read them last; it looks every few seconds.
    pub(crate) async fn last_read(&self) -> Result<Arc<InForce>, Fault> {
        match self.0.rules.load_full() {
            Some(read) => Ok(read),
            None => self.in_force().await,
        }
    }

    async fn rules_number(&self) -> Result<i64, Fault> {
        self.0.store.look((), |(), snapshot| Box::pin(snapshot.authenticator_rules_number())).await
    }
}

/// `false`: somebody else was faster.
fn record_rules<'t>(
    (row, entry): &'t (RulesRow, EntryRow),
    tx: &'t mut store::Tx<'_>,
) -> store::Answer<'t, Close<bool>> {
    Box::pin(async move {
        if !tx.take_authenticator_rules(row).await? {
            return Ok(Close::Undo(false));
        }
        tx.insert_entry(entry).await?;
        Ok(Close::Commit(true))
    })
}
