//! Which authenticators may be used by whom, and what becomes of passkeys that would not be let in.
//!
//! Rules are written by an administrator ([`Rules::read`]); the first that is for somebody is theirs. A rule says two
//! things of a passkey: whether it is let in when it is made ([`Rule::admit`]), and how it stands once it is there
//! ([`Rule::becomes`]), which may change with what becomes known of its model.

mod file;

use std::fmt;

use vocab::{Aaguid, Level};

use crate::{Consequence, Regressions, Standing};
pub use file::Unreadable;

/// Everything that is written of authenticators.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    pub rules: Vec<Rule>,
    /// Models that no published list knows, or that are vouched for otherwise than it says.
    pub models: Vec<OwnModel>,
    pub revocations: Vec<Revocations>,
}

/// A list of certificates that makers took back, and who signed it, both in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocations {
    pub issuer: String,
    pub list: String,
}

/// What counts for some people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    pub name: String,
    pub whom: Vec<Whom>,
    /// What makers are asked when a passkey is made. `None`: what the installation asks of everybody.
    pub asked: Option<AskedOfMakers>,
    /// If there are any: these models and no others, as far as somebody vouches for them.
    pub allow: Vec<Aaguid>,
    /// Whoever claims to be one of these stays outside; nobody has to vouch for that.
    pub deny: Vec<Aaguid>,
    pub at_least: Option<Level>,
    /// In one device, in hardware made for it, and somebody vouches for that.
    pub is_hardware_bound: bool,
    /// Models that nobody vouches for, or of which nothing is known.
    pub unknown: Admission,
    /// Models that their makers have withdrawn.
    pub retired: Admission,
    /// What becomes of passkeys of a model that was reported broken. No new ones are let in.
    pub breach: Consequence,
    /// What becomes of passkeys that are there and would not be let in now.
    pub unfit: Consequence,
    pub regressions: Regressions,
}

/// Whom a rule is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    Everyone,
    Role(String),
    Group(String),
}

/// Somebody with passkeys, as far as rules ask.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'a> {
    pub role: &'a str,
    pub groups: &'a [String],
}

/// What makers are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedOfMakers {
    None,
    Direct,
    /// What names the very device too, where its owner has permitted that.
    Enterprise,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Admission {
    #[default]
    Allow,
    /// It is kept, and signs nobody in until an administrator releases it.
    Quarantine,
    Deny,
}

/// A model that an administrator describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnModel {
    pub aaguid: Aaguid,
    pub name: String,
    pub level: Option<Level>,
    pub is_hardware: bool,
    /// Who vouches for one: certificates in PEM.
    pub roots: String,
}

/// A passkey, as far as rules ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passkey {
    /// What it claims to be.
    pub aaguid: Aaguid,
    /// The maker vouches for that very claim.
    pub is_vouched_for: bool,
    pub is_synced: bool,
    /// What is known of what it claims to be.
    pub model: Option<Model>,
}

/// What is known of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    pub condition: Condition,
    pub level: Option<Level>,
    pub is_hardware: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Sound,
    Retired,
    /// It was reported broken: a passkey of it may be worth nothing.
    Breached,
}

/// What is held against a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Because {
    Breached,
    Denied,
    /// Something is demanded that only a maker could tell, and none vouches.
    NotVouchedFor,
    NotAllowed,
    LevelTooLow,
    NotInHardware,
    Retired,
    Unknown,
    /// It counted backwards.
    Regressed,
    /// An administrator said so.
    Held,
}

/// How a passkey stands, and why not better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stand {
    pub standing: Standing,
    pub because: Option<Because>,
}

impl Stand {
    pub const GOOD: Self = Self { standing: Standing::Good, because: None };

    /// Of two that weigh as much, the first.
    pub fn or_graver(self, other: Self) -> Self {
        if other.standing > self.standing { other } else { self }
    }

    fn is_of_the_model(self) -> bool {
        self.because.is_some_and(Because::is_of_the_model)
    }
}

/// What becomes of a passkey that is being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    LetIn,
    HoldBack(Because),
    TurnAway(Because),
}

impl Rules {
    /// What counts for this holder. `None`: nothing was written for them.
    pub fn of(&self, holder: Holder<'_>) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.is_for(holder))
    }

    pub fn ask_for_groups(&self) -> bool {
        self.rules.iter().flat_map(|rule| &rule.whom).any(|whom| matches!(whom, Whom::Group(_)))
    }

    pub fn model(&self, aaguid: Aaguid) -> Option<&OwnModel> {
        self.models.iter().find(|model| model.aaguid == aaguid)
    }
}

impl Rule {
    fn is_for(&self, holder: Holder<'_>) -> bool {
        self.whom.iter().any(|whom| match whom {
            Whom::Everyone => true,
            Whom::Role(role) => role == holder.role,
            Whom::Group(group) => holder.groups.contains(group),
        })
    }

    /// May this passkey come in? What keeps it out for good weighs more than what holds it back.
    pub fn admit(&self, passkey: &Passkey) -> Ruling {
        let denied = self.objections(passkey).find(|(_, admission)| *admission == Admission::Deny);
        match denied.or_else(|| self.objections(passkey).next()) {
            None => Ruling::LetIn,
            Some((because, Admission::Quarantine)) => Ruling::HoldBack(because),
            Some((because, _)) => Ruling::TurnAway(because),
        }
    }

    /// How a passkey stands that is there, and what stays said of it. Of what rules hold against it, the gravest that no
    /// administrator has released counts; what was said or counted stays until somebody releases it, and what it was
    /// held back for when it came in, until it would come in now.
    pub fn becomes(&self, passkey: &Passkey, said: &[Stand], released: &[Because]) -> (Stand, Vec<Stand>) {
        let against = || self.objections(passkey).filter(|(because, _)| !released.contains(because));
        let stays = |said: &&Stand| !said.is_of_the_model() || against().next().is_some();
        let said: Vec<Stand> = said.iter().filter(stays).copied().collect();
        let due = against().map(|(because, _)| self.consequence(because));
        (said.iter().copied().chain(due).fold(Stand::GOOD, Stand::or_graver), said)
    }

    fn consequence(&self, because: Because) -> Stand {
        let consequence = if because == Because::Breached { self.breach } else { self.unfit };
        Stand { standing: consequence.standing(), because: Some(because) }
    }

    /// Everything that is held against it, and how it comes in all the same. A claim is enough to be kept out by (a
    /// breach, `deny`, `retired`), never enough to be let in by.
    fn objections(&self, passkey: &Passkey) -> impl Iterator<Item = (Because, Admission)> {
        use Admission::Deny;
        let condition = passkey.model.map(|model| model.condition);
        let model = passkey.model.filter(|_| passkey.is_vouched_for);
        let is_in_hardware = !passkey.is_synced && model.is_some_and(|model| model.is_hardware);
        // Where nobody vouches, what a maker could tell is not asked one by one.
        let demands = |holds: bool| passkey.is_vouched_for && holds;
        [
            (condition == Some(Condition::Breached), Because::Breached, Deny),
            (self.deny.contains(&passkey.aaguid), Because::Denied, Deny),
            (self.demands_a_model() && !passkey.is_vouched_for, Because::NotVouchedFor, self.unknown.or_deny()),
            (demands(!self.allow.is_empty() && !self.allow.contains(&passkey.aaguid)), Because::NotAllowed, Deny),
            (demands(model.and_then(|model| model.level) < self.at_least), Because::LevelTooLow, Deny),
            (demands(self.is_hardware_bound && !is_in_hardware), Because::NotInHardware, Deny),
            (condition == Some(Condition::Retired), Because::Retired, self.retired),
            (model.is_none(), Because::Unknown, self.unknown),
        ]
        .into_iter()
        .filter(|(holds, _, admission)| *holds && *admission != Admission::Allow)
        .map(|(_, because, admission)| (because, admission))
    }

    /// Does it rest on what makers say?
    pub fn asks_for_makers(&self) -> bool {
        self.demands_a_model() || self.unknown != Admission::Allow
    }

    fn demands_a_model(&self) -> bool {
        !self.allow.is_empty() || self.at_least.is_some() || self.is_hardware_bound
    }
}

impl Admission {
    /// For what cannot be let in as it is.
    fn or_deny(self) -> Self {
        if self == Self::Allow { Self::Deny } else { self }
    }
}

impl Because {
    pub const ALL: [Self; 10] = [
        Self::Breached,
        Self::Denied,
        Self::NotVouchedFor,
        Self::NotAllowed,
        Self::LevelTooLow,
        Self::NotInHardware,
        Self::Retired,
        Self::Unknown,
        Self::Regressed,
        Self::Held,
    ];

    /// For records, audit entries and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Breached => "model.breached",
            Self::Denied => "model.denied",
            Self::NotVouchedFor => "model.not_vouched_for",
            Self::NotAllowed => "model.not_allowed",
            Self::LevelTooLow => "model.level_too_low",
            Self::NotInHardware => "model.not_in_hardware",
            Self::Retired => "model.retired",
            Self::Unknown => "model.unknown",
            Self::Regressed => "sign_count.regressed",
            Self::Held => "held",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|because| because.as_str() == word)
    }

    /// Whether it follows from rules and from what is known of models, and so may pass by itself.
    pub fn is_of_the_model(self) -> bool {
        !matches!(self, Self::Regressed | Self::Held)
    }
}

impl fmt::Display for Because {
    /// For an administrator.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Breached => "its model was reported broken",
            Self::Denied => "its model is denied",
            Self::NotVouchedFor => "no maker vouches for it",
            Self::NotAllowed => "its model is not among those allowed",
            Self::LevelTooLow => "its model was not examined as far as is demanded",
            Self::NotInHardware => "it is not in hardware of one device",
            Self::Retired => "its model was withdrawn",
            Self::Unknown => "its model is unknown",
            Self::Regressed => "it counted backwards: there may be a copy of it",
            Self::Held => "an administrator holds it back",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Aaguid = Aaguid::from_bytes([7; 16]);
    const SOUND: Model = Model { condition: Condition::Sound, level: Some(Level::L2), is_hardware: true };

    fn vouched(model: Model) -> Passkey {
        Passkey { aaguid: KEY, is_vouched_for: true, is_synced: false, model: Some(model) }
    }

    fn claimed() -> Passkey {
        Passkey { is_vouched_for: false, ..vouched(SOUND) }
    }

    fn stands(standing: Standing, because: Because) -> Stand {
        Stand { standing, because: Some(because) }
    }

    fn everyone() -> Rule {
        Rule { whom: vec![Whom::Everyone], ..Rule::default() }
    }

    #[test]
    fn n12_by_default_everything_comes_in_but_what_is_reported_broken() {
        let synced = Passkey { aaguid: Aaguid::UNTOLD, is_vouched_for: false, is_synced: true, model: None };
        assert_eq!(everyone().admit(&synced), Ruling::LetIn);
        assert_eq!(everyone().admit(&claimed()), Ruling::LetIn);
        let broken = Model { condition: Condition::Breached, ..SOUND };
        for passkey in [vouched(broken), Passkey { is_vouched_for: false, ..vouched(broken) }] {
            assert_eq!(everyone().admit(&passkey), Ruling::TurnAway(Because::Breached));
            let stand = stands(Standing::Flagged, Because::Breached);
            assert_eq!(everyone().becomes(&passkey, &[], &[]), (stand, vec![]));
        }
    }

    #[test]
    fn w19_a_claim_keeps_out_and_lets_nobody_in() {
        let denies = Rule { deny: vec![KEY], ..everyone() };
        assert_eq!(denies.admit(&claimed()), Ruling::TurnAway(Because::Denied));
        let allows = Rule { allow: vec![KEY], ..everyone() };
        assert_eq!(allows.admit(&vouched(SOUND)), Ruling::LetIn);
        assert_eq!(allows.admit(&claimed()), Ruling::TurnAway(Because::NotVouchedFor));
        let other = Passkey { aaguid: Aaguid::from_bytes([8; 16]), ..vouched(SOUND) };
        assert_eq!(allows.admit(&other), Ruling::TurnAway(Because::NotAllowed));
    }

    #[test]
    fn each_demand_is_made_of_what_somebody_vouches_for() {
        let level = Rule { at_least: Some(Level::L2Plus), ..everyone() };
        assert_eq!(level.admit(&vouched(SOUND)), Ruling::TurnAway(Because::LevelTooLow));
        assert_eq!(level.admit(&vouched(Model { level: None, ..SOUND })), Ruling::TurnAway(Because::LevelTooLow));
        assert_eq!(level.admit(&vouched(Model { level: Some(Level::L3), ..SOUND })), Ruling::LetIn);
        let hardware = Rule { is_hardware_bound: true, ..everyone() };
        assert_eq!(hardware.admit(&vouched(SOUND)), Ruling::LetIn);
        for passkey in [Passkey { is_synced: true, ..vouched(SOUND) }, vouched(Model { is_hardware: false, ..SOUND })] {
            assert_eq!(hardware.admit(&passkey), Ruling::TurnAway(Because::NotInHardware));
        }
        for rule in [level, hardware] {
            assert_eq!(rule.admit(&claimed()), Ruling::TurnAway(Because::NotVouchedFor));
        }
    }

    #[test]
    fn m7_what_is_unknown_is_let_in_held_back_or_turned_away() {
        let unknown = Passkey { model: None, ..vouched(SOUND) };
        for (entry, ruling) in [
            (Admission::Allow, Ruling::LetIn),
            (Admission::Quarantine, Ruling::HoldBack(Because::Unknown)),
            (Admission::Deny, Ruling::TurnAway(Because::Unknown)),
        ] {
            let rule = Rule { unknown: entry, ..everyone() };
            assert_eq!(rule.admit(&unknown), ruling);
            assert_eq!(rule.admit(&claimed()), ruling, "a model that nobody vouches for is as good as unknown");
            assert_eq!(rule.admit(&vouched(SOUND)), Ruling::LetIn);
        }
    }

    #[test]
    fn m6_what_is_there_is_never_deleted_and_stands_as_the_rule_says() {
        for (consequence, standing) in [
            (Consequence::Flag, Standing::Flagged),
            (Consequence::Doubt, Standing::Doubted),
            (Consequence::Suspend, Standing::Suspended),
        ] {
            let rule = Rule { deny: vec![KEY], unfit: consequence, breach: Consequence::Flag, ..everyone() };
            assert_eq!(rule.becomes(&claimed(), &[], &[]).0, stands(standing, Because::Denied));
        }
        assert_eq!(everyone().becomes(&vouched(SOUND), &[], &[]), (Stand::GOOD, vec![]));
    }

    #[test]
    fn m6_what_is_held_against_a_passkey_passes_when_it_holds_no_more_or_somebody_releases_it() {
        let broken = vouched(Model { condition: Condition::Breached, ..SOUND });
        let rule = Rule { breach: Consequence::Doubt, unknown: Admission::Quarantine, ..everyone() };
        let doubted = stands(Standing::Doubted, Because::Breached);
        assert_eq!(rule.becomes(&broken, &[], &[]), (doubted, vec![]));
        assert_eq!(rule.becomes(&broken, &[], &[Because::Breached]), (Stand::GOOD, vec![]));
        assert_eq!(rule.becomes(&vouched(SOUND), &[], &[]), (Stand::GOOD, vec![]));
        let regressed = stands(Standing::Flagged, Because::Regressed);
        assert_eq!(rule.becomes(&broken, &[regressed], &[]), (doubted, vec![regressed]), "the graver counts");
        assert_eq!(
            rule.becomes(&vouched(SOUND), &[regressed], &[]),
            (regressed, vec![regressed]),
            "and the other stays"
        );
        let denies = Rule { deny: vec![KEY], unfit: Consequence::Suspend, ..rule };
        let behind = denies.becomes(&broken, &[], &[Because::Breached]).0;
        assert_eq!(behind, stands(Standing::Suspended, Because::Denied), "what was released hides nothing else");
    }

    #[test]
    fn m7_nothing_but_a_release_or_a_rule_that_lets_it_in_ends_a_quarantine() {
        let quarantines = Rule { unknown: Admission::Quarantine, ..everyone() };
        let held = stands(Standing::Suspended, Because::Unknown);
        let denies = Rule { unknown: Admission::Deny, ..everyone() };
        let names = Rule { deny: vec![KEY], ..everyone() };
        let demands = Rule { at_least: Some(Level::L1), ..everyone() };
        for rule in [quarantines, denies, names, demands] {
            assert_eq!(rule.becomes(&claimed(), &[held], &[]), (held, vec![held]), "{rule:?}");
        }
        assert_eq!(everyone().becomes(&claimed(), &[held], &[]), (Stand::GOOD, vec![]));
    }

    proptest::proptest! {
        #[test]
        fn w16_a_hold_stays_until_somebody_releases_it_whatever_rules_say(
            unknown in 0_usize..3, retired in 0_usize..3, breach in 0_usize..3, unfit in 0_usize..3,
            is_denied: bool, is_vouched_for: bool, is_synced: bool, condition in 0_usize..3, released in 0_usize..10,
        ) {
            let admissions = [Admission::Allow, Admission::Quarantine, Admission::Deny];
            let consequences = [Consequence::Flag, Consequence::Doubt, Consequence::Suspend];
            let rule = Rule {
                unknown: admissions[unknown],
                retired: admissions[retired],
                breach: consequences[breach],
                unfit: consequences[unfit],
                deny: if is_denied { vec![KEY] } else { Vec::new() },
                ..everyone()
            };
            let condition = [Condition::Sound, Condition::Retired, Condition::Breached][condition];
            let passkey = Passkey { is_vouched_for, is_synced, ..vouched(Model { condition, ..SOUND }) };
            let released = &Because::ALL[..released];
            let held = stands(Standing::Suspended, Because::Held);
            proptest::prop_assert_eq!(rule.becomes(&passkey, &[held], released), (held, vec![held]));
            let counted = stands(Standing::Doubted, Because::Regressed);
            let once = rule.becomes(&passkey, &[held, counted], released);
            proptest::prop_assert_eq!(&once.1, &[held, counted], "each is released by itself");
            proptest::prop_assert_eq!(rule.becomes(&passkey, &once.1, released), once);
            let unvouched = Passkey { is_vouched_for: false, ..passkey };
            let unknown = Passkey { model: None, ..unvouched };
            if condition == Condition::Sound {
                proptest::prop_assert_eq!(rule.admit(&unvouched), rule.admit(&unknown));
            }
            if rule.admit(&passkey) == Ruling::LetIn {
                proptest::prop_assert_eq!(rule.becomes(&passkey, &[], &[]).0, Stand::GOOD);
            }
        }
    }

    #[test]
    fn the_first_rule_that_is_for_somebody_is_theirs() {
        let named = |name: &str, whom| Rule { name: name.to_owned(), whom: vec![whom], ..Rule::default() };
        let rules = Rules {
            rules: vec![
                named("Owners", Whom::Role("owner".to_owned())),
                named("Ledger", Whom::Group("ledger".to_owned())),
                named("Everyone", Whom::Everyone),
            ],
            ..Rules::default()
        };
        let of = |role, groups: &[String]| rules.of(Holder { role, groups }).map(|rule| rule.name.clone());
        assert_eq!(of("owner", &["ledger".to_owned()]).as_deref(), Some("Owners"));
        assert_eq!(of("person", &["ledger".to_owned()]).as_deref(), Some("Ledger"));
        assert_eq!(of("person", &[]).as_deref(), Some("Everyone"));
        assert!(rules.ask_for_groups());
    }

    #[test]
    fn reasons_are_read_as_they_are_written() {
        for because in Because::ALL {
            assert_eq!(Because::parse(because.as_str()), Some(because));
        }
    }
}
