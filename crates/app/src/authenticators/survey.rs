//! Every passkey there is before the rules: to say beforehand whom they would hit, and to carry them out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use policy::Standing;
use policy::authenticator::Because;
use store::{Close, Fault, HeldRow, Lane, RulesRow, Setting, SettingRow};
use vocab::{Aaguid, AccountId, CredentialId};

use super::{Authenticators, InForce, Known, Owner, RulesRefusal};
use crate::{Actor, Decided};

/// Passkeys that are read at once.
const SLICE: i64 = 200;
/// A passkey that was being made when rules were taken is there after this long.
const SETTLED: Duration = Duration::from_secs(60);
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
pub(crate) struct Held {
    pub(crate) row: HeldRow,
    pub(crate) owner: Owner,
}

type Kind = (String, Aaguid, Option<&'static str>, Standing);

/// A survey as it grows, account by account.
#[derive(Default)]
struct Count {
    of: Survey,
    hits: BTreeMap<Kind, (Hit, AccountId)>,
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
        let draft = match InForce::read(RulesRow { number: 0, text: text.to_owned(), made_at: self.0.now() }) {
            Ok(draft) => Arc::new(draft),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let draft = Known { rules: draft, ..self.everything_known().await? };
        let mut count = Count::default();
        let mut place = (AccountId::NOBODY, CredentialId::from_bytes([0; 16]));
        while let Some(page) = self.page_after(&draft.rules, &mut place).await? {
            for held in &page {
                count.add(&draft, held);
            }
        }
        Ok(Ok(count.end()))
    }

    /// The reconciler: every passkey stands as rules and lists say. What has been judged under them is judged again once
    /// they have settled, and then no more.
    pub async fn reconcile(&self) -> Result<(), Fault> {
        let (now, known) = (self.0.now(), self.everything_known().await?);
        let mark = known.mark();
        let setting = self.0.store.look((), |(), snapshot| Box::pin(snapshot.setting(Setting::JudgedUnder))).await?;
        let is_settled = now.since(known.since) >= SETTLED;
        let walked = self.0.judged_under.load_full().is_some_and(|walked| *walked == mark);
        if setting.as_ref().is_some_and(|row| row.value == mark) || (walked && !is_settled) {
            return Ok(());
        }
        let mut is_complete = true;
        let mut place = (AccountId::NOBODY, CredentialId::from_bytes([0; 16]));
        while let Some(page) = self.page_after(&known.rules, &mut place).await? {
            for held in &page {
                is_complete &= self.stand(&known, held).await?;
            }
        }
        if is_complete {
            self.0.judged_under.store(Some(Arc::new(mark.clone())));
            if is_settled {
                self.remember_judged(mark, setting).await?;
            }
        }
        Ok(())
    }

    /// The passkeys of one account, judged now: what counts for its owner has changed.
    pub(crate) async fn judge_again(&self, account: AccountId) -> Result<(), Fault> {
        let known = self.everything_known().await?;
        let mut place = (account, CredentialId::from_bytes([0; 16]));
        while let Some(page) = self.page_after(&known.rules, &mut place).await? {
            for held in page.iter().filter(|held| held.row.credential.account_id == account) {
                self.stand(&known, held).await?;
            }
            if place.0 != account {
                break;
            }
        }
        Ok(())
    }

    /// `false`: it has moved meanwhile, and is to be judged again.
    async fn stand(&self, known: &Known, held: &Held) -> Result<bool, Fault> {
        let row = &held.row.credential;
        let (standing, because) = known.due(row, &held.owner);
        if row.standing == standing.as_str() && row.standing_because == because.map_or("", Because::as_str) {
            return Ok(true);
        }
        let ctx = self.0.ctx(Actor::System);
        let change = self.0.change_of_standing(&ctx, row, (standing, because)).await?;
        let written = self.0.store.write_in(Lane::Bulk, change, |change, tx| {
            Box::pin(async move {
                change.record(tx).await?;
                Ok(Close::Commit(()))
            })
        });
        match written.await {
            Err(fault) if fault.is_moved() => Ok(false),
            Err(fault) => Err(fault),
            Ok(()) => {
                self.0.work_is_due.notify_one();
                Ok(true)
            }
        }
    }

    /// The next passkeys in the order of their accounts. `None`: that was all.
    async fn page_after(
        &self,
        rules: &InForce,
        place: &mut (AccountId, CredentialId),
    ) -> Result<Option<Vec<Held>>, Fault> {
        let plan = (*place, rules.rules.ask_for_groups());
        let page = self.0.store.browse(plan, |&(place, asks_for_groups), snapshot| {
            Box::pin(async move {
                let mut page: Vec<Held> = Vec::new();
                for row in snapshot.list_held_after(place, SLICE).await? {
                    let same = page.last().filter(|last| last.row.credential.account_id == row.credential.account_id);
                    let groups = match (same, asks_for_groups) {
                        (Some(same), _) => same.owner.groups.clone(),
                        (None, true) => snapshot.list_groups_of(row.credential.account_id).await?,
                        (None, false) => Vec::new(),
                    };
                    page.push(Held { owner: Owner { role: row.role.clone(), groups }, row });
                }
                Ok(page)
            })
        });
        let page = page.await?;
        let Some(last) = page.last() else { return Ok(None) };
        *place = (last.row.credential.account_id, last.row.credential.id);
        Ok(Some(page))
    }

    async fn remember_judged(&self, mark: String, setting: Option<SettingRow>) -> Result<(), Fault> {
        let written = self.0.store.write((mark, setting), |(mark, setting), tx| {
            Box::pin(async move {
                match setting {
                    Some(row) => tx.change_setting(Setting::JudgedUnder, mark, row.rev).await?,
                    None => drop(tx.take_setting(Setting::JudgedUnder, mark).await?),
                }
                Ok(Close::Commit(()))
            })
        });
        match written.await {
            Err(fault) if fault.is_moved() => Ok(()), // another node has gone through them too
            outcome => outcome,
        }
    }
}

impl Count {
    fn add(&mut self, draft: &Known, held: &Held) {
        let row = &held.row.credential;
        let is = (Standing::parse(&row.standing), Because::parse(&row.standing_because));
        let (standing, because) = draft.due(row, &held.owner);
        let is_hit = is != (Some(standing), because);
        self.arrive_at(row.account_id);
        self.of.passkeys += 1;
        if let Some(visited) = &mut self.at {
            visited.is_hit |= is_hit;
            let now = is.0.unwrap_or(Standing::Suspended);
            visited.best = [visited.best[0].min(now), visited.best[1].min(standing)];
        }
        if !is_hit {
            return;
        }
        let rule = draft.rules.rule(&held.owner).name.clone();
        let aaguid = Aaguid::from_bytes(row.aaguid);
        let kind = (rule.clone(), aaguid, because.map(Because::as_str), standing);
        let model = draft.name(row).map(str::to_owned);
        let new = || (Hit { rule, aaguid, model, because, standing, passkeys: 0, people: 0 }, AccountId::NOBODY);
        let (hit, last) = self.hits.entry(kind).or_insert_with(new);
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
