//! What people were promised: passkeys and sessions that stand, and such that have ended for good.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use authenticator::{Knobs, Passkey};
use testkit::{Begun, Ceremony, Finish};

/// An authenticator with the one passkey that it holds.
pub(crate) struct Device {
    id: Vec<u8>,
    passkey: Mutex<Passkey>,
    knobs: Knobs,
}

impl Device {
    pub(crate) fn registered(begun: &Begun, knobs: Knobs) -> (Arc<Self>, Finish) {
        let (passkey, finish) = begun.registered(&knobs);
        (Arc::new(Self { id: passkey.id.clone(), passkey: Mutex::new(passkey), knobs }), finish)
    }

    pub(crate) fn signed(&self, begun: &Begun) -> Finish {
        begun.signed(&mut self.passkey.lock().unwrap(), &self.knobs)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thing {
    /// By the id that its authenticator gave it.
    Passkey(Vec<u8>),
    /// By its token.
    Session(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Stands,
    /// Its end was asked for, and nothing was answered yet.
    Asked,
    Ended,
}

#[derive(Clone)]
pub(crate) struct Kept {
    number: usize,
    account: String,
    /// What holds the passkey, or what the session was opened with.
    pub(crate) device: Arc<Device>,
    pub(crate) fate: Fate,
}

/// What the end of a ceremony makes.
pub(crate) enum Makes {
    Account { username: String, device: Arc<Device> },
    Passkey { account: String, device: Arc<Device> },
    Session { account: String, device: Arc<Device> },
}

/// A body that was sent, with everything that it does.
pub(crate) struct Sent {
    pub(crate) finish: Finish,
    pub(crate) makes: Makes,
    pub(crate) ends: Vec<Thing>,
}

impl Sent {
    pub(crate) fn device(&self) -> &Arc<Device> {
        match &self.makes {
            Makes::Account { device, .. } | Makes::Passkey { device, .. } | Makes::Session { device, .. } => device,
        }
    }
}

#[derive(Default)]
pub(crate) struct Promises {
    kept: BTreeMap<Thing, Kept>,
    made: usize,
}

impl Promises {
    pub(crate) fn keep_passkey(&mut self, account: &str, device: &Arc<Device>) {
        self.keep(Thing::Passkey(device.id.clone()), account, device);
    }

    pub(crate) fn keep_session(&mut self, token: &str, account: &str, device: &Arc<Device>) {
        self.keep(Thing::Session(token.to_owned()), account, device);
    }

    fn keep(&mut self, thing: Thing, account: &str, device: &Arc<Device>) {
        self.made += 1;
        let kept =
            Kept { number: self.made, account: account.to_owned(), device: Arc::clone(device), fate: Fate::Stands };
        assert!(self.kept.insert(thing, kept).is_none(), "one thing was given twice");
    }

    pub(crate) fn set(&mut self, things: &[Thing], fate: Fate) {
        for thing in things {
            self.kept.get_mut(thing).unwrap().fate = fate;
        }
    }

    /// Whatever becomes of it, nobody was promised anything.
    pub(crate) fn forget(&mut self, things: &[Thing]) {
        self.kept.retain(|thing, _| !things.contains(thing));
    }

    /// The passkey on this device, and the sessions that it opened.
    pub(crate) fn all_of(&self, device: &Device) -> Vec<Thing> {
        self.standing(|_, kept| kept.device.id == device.id)
    }

    /// The sessions of this one's account, but for itself.
    pub(crate) fn others_than(&self, token: &str) -> Vec<Thing> {
        let own = Thing::Session(token.to_owned());
        let account = &self.kept[&own].account;
        self.standing(|thing, kept| matches!(thing, Thing::Session(_)) && *thing != own && kept.account == *account)
    }

    /// How many stand.
    pub(crate) fn sessions_of(&self, account: &str) -> usize {
        self.standing(|thing, kept| matches!(thing, Thing::Session(_)) && kept.account == account).len()
    }

    fn standing(&self, which: impl Fn(&Thing, &Kept) -> bool) -> Vec<Thing> {
        let all = self.kept.iter().filter(|(thing, kept)| kept.fate == Fate::Stands && which(thing, kept));
        all.map(|(thing, _)| thing.clone()).collect()
    }

    pub(crate) fn find(&self, thing: &Thing) -> Option<&Kept> {
        self.kept.get(thing)
    }

    /// Everything in the order in which it was promised.
    pub(crate) fn in_order(&self) -> Vec<(Thing, Kept)> {
        let mut all: Vec<_> = self.kept.iter().map(|(thing, kept)| (thing.clone(), kept.clone())).collect();
        all.sort_by_key(|(_, kept)| kept.number);
        all
    }
}

/// How an acknowledged end of a ceremony is answered.
pub(crate) fn success(ceremony: Ceremony) -> u16 {
    match ceremony {
        Ceremony::Setup | Ceremony::SignUp | Ceremony::AddPasskey => 201,
        Ceremony::SignIn | Ceremony::StepUp => 200,
    }
}
