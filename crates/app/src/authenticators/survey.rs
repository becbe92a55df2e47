//! Every passkey there is before the rules: to say beforehand whom they would hit.

use std::collections::BTreeMap;
use std::sync::Arc;

use policy::Standing;
use policy::authenticator::{Because, Stand};
use store::{CredentialRow, Fault, OwnedRow, RulesRow};
use vocab::{Aaguid, AccountId, CredentialId, RpId};

use super::{Authenticators, InForce, Known, Owner, RulesRefusal};
use crate::Decided;
use crate::credential::OnRecord;

/// Passkeys that are read at once.
const SLICE: i64 = 200;
/// Before every passkey of every account.
pub(super) const FIRST: (AccountId, CredentialId) = (AccountId::NOBODY, CredentialId::from_bytes([0; 16]));
/// Kinds of hits that are told apart; what an authenticator calls itself is anybody's choice.
const KINDS: usize = 1_000;
/// Examples that are named.
const SAMPLES: usize = 20;

/// Whom rules would hit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    pub passkeys: u64,
    pub people: u64,
    /// Passkeys that would stand otherwise than they do, by rule, model and reason.
    pub hits: Vec<Hit>,
    /// People of whose passkeys any would.
    pub people_hit: u64,
    /// People who have a way in now, and would have none.
    pub people_locked_out: u64,
    /// People who have a passkey beyond doubt now, and would have none: they would get in and change nothing.
    pub people_in_doubt: u64,
    pub samples: Vec<Sample>,
}

/// Passkeys of one model that one rule would hit for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub rule: String,
    pub aaguid: Aaguid,
    pub model: Option<String>,
    /// `None`: nothing is held against them any more.
    pub because: Option<Because>,
    /// How they would stand.
    pub standing: Standing,
    pub passkeys: u64,
    pub people: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    pub account: AccountId,
    pub credential: CredentialId,
    pub because: Option<Because>,
    pub standing: Standing,
}

/// A passkey with whose it is.
pub(super) struct Owned {
    pub(super) row: CredentialRow,
    pub(super) owner: Owner,
}

type HitKey = (String, Aaguid, Option<&'static str>, Standing);

/// A survey as it grows, account by account.
#[derive(Default)]
struct Count {
    of: Survey,
    hits: BTreeMap<HitKey, (Hit, AccountId)>,
    at: Option<Visited>,
}

/// The account whose passkeys are being looked at.
struct Visited {
    account: AccountId,
    is_hit: bool,
    /// The best of its passkeys, now and then.
    best: [Standing; 2],
}

impl Authenticators<'_> {
    /// Whom these rules would hit if they counted now.
    pub async fn dry_run(&self, text: &str) -> Decided<Survey, RulesRefusal> {
        let draft = match self.draft(RulesRow { number: 0, text: text.to_owned(), made_at: self.0.now() }) {
            Ok(draft) => Arc::new(draft),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let draft = Known { rules: draft, ..self.everything_known().await? };
        let mut count = Count::default();
        let mut place = FIRST;
        while let Some(page) = self.page_after(&draft.rules, &mut place).await? {
            for owned in &page {
                count.add((&draft, self.0.rp_ids()), owned)?;
            }
        }
        Ok(Ok(count.end()))
    }

    /// The next passkeys in the order of their accounts. `None`: that was all.
    pub(super) async fn page_after(
        &self,
        rules: &InForce,
        place: &mut (AccountId, CredentialId),
    ) -> Result<Option<Vec<Owned>>, Fault> {
        let plan = (*place, rules.rules.ask_for_groups());
        let page = self.0.store.browse(plan, |&(place, asks_for_groups), snapshot| {
            Box::pin(async move {
                let mut page: Vec<Owned> = Vec::new();
                for OwnedRow { credential: row, role } in snapshot.list_owned_after(place, SLICE).await? {
                    let same = page.last().filter(|last| last.row.account_id == row.account_id);
                    let groups = match (same, asks_for_groups) {
                        (Some(same), _) => same.owner.groups.clone(),
                        (None, true) => snapshot.list_groups_of(row.account_id).await?,
                        (None, false) => Vec::new(),
                    };
                    page.push(Owned { owner: Owner { role, groups }, row });
                }
                Ok(page)
            })
        });
        let page = page.await?;
        let Some(last) = page.last() else { return Ok(None) };
        *place = (last.row.account_id, last.row.id);
        Ok(Some(page))
    }
}

impl Count {
    fn add(&mut self, (draft, rp_ids): (&Known, &[RpId]), owned: &Owned) -> Result<(), Fault> {
        let (row, is) = (&owned.row, OnRecord::of(&owned.row)?);
        let due = draft.due((row, &is), &owned.owner).stand;
        let is_hit = is.stand != due;
        self.arrive_at(row.account_id);
        self.of.passkeys += 1;
        if let Some(visited) = &mut self.at {
            visited.is_hit |= is_hit;
            let counts = rp_ids.iter().any(|rp_id| row.rp_id == rp_id.as_str());
            let worth = |stand: Stand| if counts { stand.standing } else { Standing::Suspended };
            visited.best = [visited.best[0].min(worth(is.stand)), visited.best[1].min(worth(due))];
        }
        if is_hit {
            self.count(draft, owned, due);
        }
        Ok(())
    }

    fn count(&mut self, draft: &Known, owned: &Owned, due: Stand) {
        let (row, Stand { standing, because }) = (&owned.row, due);
        let rule = draft.rules.rule(&owned.owner).name.clone();
        let is_one_too_many = self.hits.len() >= KINDS;
        let aaguid = if is_one_too_many { Aaguid::UNTOLD } else { Aaguid::from_bytes(row.aaguid) };
        let key = (rule.clone(), aaguid, because.map(Because::as_str), standing);
        let model = draft.name(row).filter(|_| !is_one_too_many).map(str::to_owned);
        let new = || (Hit { rule, aaguid, model, because, standing, passkeys: 0, people: 0 }, AccountId::NOBODY);
        let (hit, last) = self.hits.entry(key).or_insert_with(new);
        hit.passkeys += 1;
        hit.people += u64::from(*last != row.account_id);
        *last = row.account_id;
        if self.of.samples.len() < SAMPLES {
            self.of.samples.push(Sample { account: row.account_id, credential: row.id, because, standing });
        }
    }

    fn arrive_at(&mut self, account: AccountId) {
        if self.at.as_ref().is_none_or(|visited| visited.account != account) {
            self.leave();
            self.at = Some(Visited { account, is_hit: false, best: [Standing::Suspended; 2] });
        }
    }

    fn leave(&mut self) {
        if let Some(Visited { is_hit, best: [now, then], .. }) = self.at.take() {
            self.of.people += 1;
            self.of.people_hit += u64::from(is_hit);
            self.of.people_locked_out += u64::from(now < Standing::Suspended && then == Standing::Suspended);
            self.of.people_in_doubt += u64::from(now < Standing::Doubted && then == Standing::Doubted);
        }
    }

    fn end(mut self) -> Survey {
        self.leave();
        let mut hits: Vec<Hit> = self.hits.into_values().map(|(hit, _)| hit).collect();
        hits.sort_by_key(|hit| std::cmp::Reverse((hit.standing, hit.passkeys)));
        Survey { hits, ..self.of }
    }
}
