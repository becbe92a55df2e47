//! Passkeys of an account: what kind each is, how its counter is read, and when one may go.

use std::fmt;
use std::time::Duration;

use vocab::{AccountId, CredentialId, DisplayName, Timestamp};
use webauthn::{Attachment, Transport, provider, registration::Registered};

/// More than anybody carries; enough for every device of a large household.
pub const CREDENTIALS_AT_MOST: usize = 20;
/// A passkey this young neither removes older ones nor is all that is left of them: who sneaks one in must not be able
/// to lock the owner out with it, by whichever hand.
pub const PROBATION: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Active,
    Removed,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Removed => "removed",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Removed].into_iter().find(|state| state.as_str() == word)
    }
}

/// Where a passkey lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Copied by its provider to all devices of a person.
    Synced,
    /// In the device it was made on.
    ThisDevice,
    /// In something one carries.
    SecurityKey,
}

impl Kind {
    pub fn of(is_backup_eligible: bool, attachment: Option<Attachment>, transports: &[Transport]) -> Self {
        let is_carried = |transport: &Transport| {
            matches!(transport, Transport::Usb | Transport::Nfc | Transport::Ble | Transport::SmartCard)
        };
        match attachment {
            _ if is_backup_eligible => Self::Synced,
            Some(Attachment::Platform) => Self::ThisDevice,
            _ if transports.contains(&Transport::Internal) => Self::ThisDevice,
            Some(Attachment::CrossPlatform) => Self::SecurityKey,
            None if transports.iter().any(is_carried) => Self::SecurityKey,
            None => Self::ThisDevice,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Synced => "synced",
            Self::ThisDevice => "this_device",
            Self::SecurityKey => "security_key",
        }
    }
}

/// What a new passkey is called until its owner calls it something else: by its provider, else by where it was made.
pub fn first_name(registered: &Registered, system: &str) -> String {
    let kind = Kind::of(registered.is_backup_eligible(), registered.attachment(), registered.transports());
    let name = match (provider::name(&registered.aaguid()), kind) {
        (Some(provider), _) => provider.to_owned(),
        (None, Kind::SecurityKey) => "Security key".to_owned(),
        (None, _) if system.is_empty() => "Passkey".to_owned(),
        (None, _) => format!("Passkey on {system}"),
    };
    DisplayName::parse(&name).map_or_else(|_| "Passkey".to_owned(), |name| name.as_str().to_owned())
}

/// A passkey as far as acts on it are decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credential {
    pub id: CredentialId,
    pub state: State,
    /// It signs its owner in: it is not on hold, and is bound to a domain that counts.
    pub is_usable: bool,
    /// And nothing grave is held against it.
    pub is_sound: bool,
    pub rev: i64,
    pub made_at: Timestamp,
}

/// Why an act on a passkey makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// This account has no such passkey, or not any more.
    Unknown,
    /// Without it nobody could sign in.
    LastOne,
    /// The passkey at hand, or every one that would stay, is younger than the one that is to go.
    TooNew {
        until: Timestamp,
    },
    TooMany,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("you have no such passkey"),
            Self::LastOne => f.write_str("this is your only passkey; add another one first"),
            Self::TooNew { .. } => f.write_str("no new passkey takes the place of an older one within a day"),
            Self::TooMany => write!(f, "an account has at most {CREDENTIALS_AT_MOST} passkeys; remove one first"),
        }
    }
}

impl std::error::Error for Refusal {}

/// A passkey on its way out: what the store must find unchanged, and what it must write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    pub id: CredentialId,
    pub rev: i64,
    pub at: Timestamp,
}

/// A passkey that is about to be called something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renamed {
    pub id: CredentialId,
    pub rev: i64,
}

fn active(all: &[Credential]) -> impl Iterator<Item = &Credential> {
    all.iter().filter(|credential| credential.state == State::Active)
}

/// One more?
pub fn add(all: &[Credential]) -> Result<(), Refusal> {
    if active(all).count() < CREDENTIALS_AT_MOST { Ok(()) } else { Err(Refusal::TooMany) }
}

/// Remove one of `all`, in a session that was opened with `hand`.
pub fn remove(
    all: &[Credential],
    (which, hand): (CredentialId, CredentialId),
    now: Timestamp,
) -> Result<Removed, Refusal> {
    let goes = active(all).find(|credential| credential.id == which).ok_or(Refusal::Unknown)?;
    // What is in doubt lets its owner in and mends nothing: of those that do one stays.
    let is_as_good = |stays: &Credential| stays.is_usable && (stays.is_sound || !goes.is_sound);
    if !active(all).any(|stays| is_as_good(stays) && stays.id != which) {
        return Err(Refusal::LastOne);
    }
    yields(goes, all, hand, now)?;
    // INVARIANT (no removal leaves only newcomers): the hand may be the owner's own, led by somebody else.
    let proved_at = |stays: &Credential| {
        if stays.made_at <= goes.made_at { stays.made_at } else { stays.made_at.plus(PROBATION) }
    };
    let stay = active(all).filter(|credential| is_as_good(credential) && credential.id != which);
    match stay.map(proved_at).min() {
        Some(until) if now < until => Err(Refusal::TooNew { until }),
        _ => Ok(Removed { id: goes.id, rev: goes.rev, at: now }),
    }
}

/// Call one of `all` something else, in a session that was opened with `hand`.
pub fn rename(
    all: &[Credential],
    (which, hand): (CredentialId, CredentialId),
    now: Timestamp,
) -> Result<Renamed, Refusal> {
    let goes_by = active(all).find(|credential| credential.id == which).ok_or(Refusal::Unknown)?;
    yields(goes_by, all, hand, now)?;
    Ok(Renamed { id: goes_by.id, rev: goes_by.rev })
}

/// The older passkey beside which the same provider has made this one goes, once this one was used and is no newcomer
/// any more: that it is of the same provider is only what it says.
pub fn replace(all: &[Credential], (new, old): (CredentialId, CredentialId), now: Timestamp) -> Option<Removed> {
    let goes = active(all).find(|credential| credential.id == old)?;
    let stays = active(all).find(|credential| credential.id == new && credential.is_sound)?;
    (now >= stays.made_at.plus(PROBATION)).then_some(Removed { id: goes.id, rev: goes.rev, at: now })
}

/// An older passkey yields to no hand that is on probation.
fn yields(older: &Credential, all: &[Credential], hand: CredentialId, now: Timestamp) -> Result<(), Refusal> {
    let at_hand = all.iter().find(|credential| credential.id == hand).ok_or(Refusal::Unknown)?;
    let until = at_hand.made_at.plus(PROBATION);
    if older.made_at < at_hand.made_at && now < until { Err(Refusal::TooNew { until }) } else { Ok(()) }
}

/// What a counter tells when a passkey was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// As it should be; this is to be stored.
    Good(u32),
    /// It went back, in a ceremony that began after the last one was accepted: there may be two of this passkey.
    Regressed,
}

/// Reads a counter. Zeros are no counter; of two ceremonies that ran at the same time the larger count stays.
pub fn read_count(stored: u32, asserted: u32, begun_at: Timestamp, last_used_at: Option<Timestamp>) -> Count {
    let overlapped = last_used_at.is_some_and(|last| begun_at < last);
    if asserted > stored || (asserted == 0 && stored == 0) {
        Count::Good(asserted)
    } else if overlapped {
        Count::Good(stored)
    } else {
        Count::Regressed
    }
}

/// The handle by which authenticators know an account: its id and nothing about a person.
pub fn user_handle(account: AccountId) -> Vec<u8> {
    account.bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_795_248_000_000_000);
    const HOUR: Duration = Duration::from_secs(60 * 60);

    fn id(n: u8) -> CredentialId {
        CredentialId::made(NOW, [n; 10])
    }

    fn made(n: u8, ago: Duration) -> Credential {
        Credential { id: id(n), state: State::Active, is_usable: true, is_sound: true, rev: 1, made_at: NOW.minus(ago) }
    }

    #[test]
    fn r24_the_last_usable_passkey_stays() {
        let gone = Credential { state: State::Removed, ..made(2, 9 * HOUR) };
        assert_eq!(remove(&[made(1, HOUR), gone], (id(1), id(1)), NOW), Err(Refusal::LastOne));
        let two = [made(1, 9 * HOUR), made(2, HOUR), gone];
        assert_eq!(remove(&two, (id(2), id(1)), NOW), Ok(Removed { id: id(2), rev: 1, at: NOW }));
    }

    #[test]
    fn r24_what_signs_nobody_in_is_no_way_in_that_stays() {
        let on_hold = Credential { is_usable: false, is_sound: false, ..made(2, 9 * HOUR) };
        assert_eq!(remove(&[made(1, 9 * HOUR), on_hold], (id(1), id(1)), NOW), Err(Refusal::LastOne));
        assert!(remove(&[made(1, 9 * HOUR), on_hold], (id(2), id(1)), NOW).is_ok());
        let doubted = Credential { is_sound: false, ..made(3, 9 * HOUR) };
        assert_eq!(remove(&[made(1, 9 * HOUR), doubted], (id(1), id(1)), NOW), Err(Refusal::LastOne));
        assert!(remove(&[made(1, 9 * HOUR), doubted], (id(3), id(1)), NOW).is_ok());
        let other = Credential { is_sound: false, ..made(4, 9 * HOUR) };
        assert!(remove(&[doubted, other], (id(3), id(4)), NOW).is_ok());
    }

    #[test]
    fn w17_a_passkey_of_today_cannot_remove_one_of_yesterday() {
        let both = [made(1, 90 * HOUR), made(2, HOUR)];
        let until = NOW.plus(23 * HOUR);
        assert_eq!(remove(&both, (id(1), id(2)), NOW), Err(Refusal::TooNew { until }));
        assert!(remove(&both, (id(1), id(2)), until).is_ok());
        assert!(remove(&both, (id(2), id(2)), NOW).is_ok(), "it may remove itself");
        assert!(remove(&both, (id(2), id(1)), NOW).is_ok());
    }

    #[test]
    fn w17_no_removal_leaves_only_passkeys_of_today_whoever_asks_for_it() {
        let sneaked_in = [made(1, 90 * HOUR), made(2, HOUR)];
        let until = NOW.plus(23 * HOUR);
        assert_eq!(remove(&sneaked_in, (id(1), id(1)), NOW), Err(Refusal::TooNew { until }));
        assert!(remove(&sneaked_in, (id(1), id(1)), until).is_ok());
        let with_another = [made(1, 90 * HOUR), made(2, HOUR), made(3, 80 * HOUR)];
        assert!(remove(&with_another, (id(1), id(1)), NOW).is_ok(), "one that has been there for long stays");
    }

    #[test]
    fn w17_a_passkey_takes_the_place_of_an_older_one_when_it_is_a_day_old() {
        let both = [made(1, 90 * HOUR), made(2, 23 * HOUR)];
        assert_eq!(replace(&both, (id(2), id(1)), NOW), None);
        let later = NOW.plus(HOUR);
        assert_eq!(replace(&both, (id(2), id(1)), later), Some(Removed { id: id(1), rev: 1, at: later }));
        let in_doubt = [both[0], Credential { is_sound: false, ..both[1] }];
        assert_eq!(replace(&in_doubt, (id(2), id(1)), later), None);
        let gone = [Credential { state: State::Removed, ..both[0] }, both[1]];
        assert_eq!(replace(&gone, (id(2), id(1)), later), None);
    }

    #[test]
    fn w17_a_passkey_of_today_calls_no_older_one_something_else() {
        let both = [made(1, 90 * HOUR), made(2, HOUR)];
        assert_eq!(rename(&both, (id(1), id(2)), NOW), Err(Refusal::TooNew { until: NOW.plus(23 * HOUR) }));
        assert_eq!(rename(&both, (id(2), id(1)), NOW), Ok(Renamed { id: id(2), rev: 1 }));
        assert_eq!(rename(&both, (id(9), id(1)), NOW), Err(Refusal::Unknown));
    }

    proptest::proptest! {
        #[test]
        fn w17_whatever_is_removed_an_owner_of_yesterday_is_still_in(
            ages in proptest::collection::vec(0_u32..60, 1..6), which in 0_usize..6, hand in 0_usize..6,
        ) {
            let all: Vec<Credential> =
                (0..).zip(&ages).map(|(n, hours)| made(n, *hours * HOUR)).collect();
            let of = |at: usize| all[at % all.len()].id;
            if let Ok(removed) = remove(&all, (of(which), of(hand)), NOW) {
                let goes = all.iter().find(|one| one.id == removed.id).unwrap();
                let stays = |one: &&Credential| one.id != removed.id;
                let is_proved = |one: &Credential| one.made_at <= goes.made_at || NOW >= one.made_at.plus(PROBATION);
                proptest::prop_assert!(all.iter().filter(stays).any(is_proved));
            }
        }
    }

    #[test]
    fn what_is_gone_or_somebody_elses_is_unknown() {
        let gone = Credential { state: State::Removed, ..made(3, HOUR) };
        let all = [made(1, HOUR), made(2, HOUR), gone];
        assert_eq!(remove(&all, (id(3), id(1)), NOW), Err(Refusal::Unknown));
        assert_eq!(remove(&all, (id(9), id(1)), NOW), Err(Refusal::Unknown));
    }

    #[test]
    fn there_is_an_end_to_how_many() {
        let many: Vec<Credential> = (0..20).map(|n| made(n, HOUR)).collect();
        assert_eq!(add(&many), Err(Refusal::TooMany));
        assert_eq!(add(&many[1..]), Ok(()));
    }

    #[test]
    fn w10_counters_are_read_as_authenticators_keep_them() {
        let (before, after) = (NOW.minus(HOUR), NOW.plus(HOUR));
        for (stored, asserted, begun_at, last_used_at, count) in [
            (0, 0, NOW, Some(before), Count::Good(0)),
            (0, 1, NOW, None, Count::Good(1)),
            (5, 6, NOW, Some(before), Count::Good(6)),
            (7, 6, NOW, Some(after), Count::Good(7)),
            (5, 5, NOW, Some(after), Count::Good(5)),
            (5, 5, NOW, Some(before), Count::Regressed),
            (5, 3, NOW, Some(before), Count::Regressed),
            (5, 0, NOW, Some(before), Count::Regressed),
            (u32::MAX, 0, NOW, Some(before), Count::Regressed),
        ] {
            assert_eq!(read_count(stored, asserted, begun_at, last_used_at), count, "{stored} -> {asserted}");
        }
    }

    #[test]
    fn the_kind_follows_from_what_the_authenticator_said() {
        use Attachment::{CrossPlatform, Platform};
        for (is_eligible, attachment, transports, kind) in [
            (true, Some(Platform), &[Transport::Internal, Transport::Hybrid][..], Kind::Synced),
            (true, Some(CrossPlatform), &[Transport::Hybrid], Kind::Synced),
            (false, Some(Platform), &[], Kind::ThisDevice),
            (false, None, &[Transport::Internal], Kind::ThisDevice),
            (false, None, &[Transport::Usb, Transport::Nfc], Kind::SecurityKey),
            (false, Some(CrossPlatform), &[], Kind::SecurityKey),
            (false, None, &[], Kind::ThisDevice),
        ] {
            assert_eq!(Kind::of(is_eligible, attachment, transports), kind);
        }
    }
}
