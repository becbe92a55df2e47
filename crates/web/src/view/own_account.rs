//! A person's own page: passkeys, sessions, what happened.

use std::fmt;

use askama::Template;

use super::{Frame, Impression, Moment, asset, icon::Icon, words, written};

#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) display_name: String,
    pub(crate) identifiers: Vec<IdentifierRow>,
    pub(crate) passkeys: Vec<PasskeyRow>,
    pub(crate) sessions: Vec<SessionRow>,
    pub(crate) activity: Vec<Activity>,
    /// What the last request did, said once.
    pub(crate) banner: Option<Banner>,
    /// Signed in a moment ago with the passkey of another device: this one may want one of its own.
    pub(crate) is_from_elsewhere: bool,
    /// Signed in a moment ago with a passkey of an address of before.
    pub(crate) is_of_before: bool,
    /// Makers are asked about a passkey that is made here.
    pub(crate) asks_makers: bool,
}

/// A user name, an address or a number, as it was typed.
#[derive(Debug, Clone)]
pub(crate) struct IdentifierRow {
    pub(crate) typed: String,
    pub(crate) confirmed: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct PasskeyRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) impression: Impression,
    pub(crate) kind: PasskeyKind,
    /// “iCloud Keychain”, “Windows Hello”.
    pub(crate) provider: Option<String>,
    pub(crate) created: Moment,
    pub(crate) last_used: Option<Moment>,
    /// False for the last one that can sign this person in.
    pub(crate) removable: bool,
    pub(crate) remark: Option<Remark>,
}

/// Something is held against it.
#[derive(Debug, Clone)]
pub(crate) struct Remark {
    pub(crate) badge: &'static str,
    pub(crate) sentence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasskeyKind {
    Synced,
    ThisDevice,
    SecurityKey,
}

#[derive(Debug, Clone)]
pub(crate) struct SessionRow {
    pub(crate) id: String,
    /// “Edge on Windows”.
    pub(crate) device: String,
    pub(crate) kind: DeviceKind,
    pub(crate) place: Option<String>,
    pub(crate) since: Moment,
    pub(crate) last_active: Moment,
    /// The session that asks.
    pub(crate) current: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeviceKind {
    Computer,
    Phone,
    Terminal,
}

#[derive(Debug, Clone)]
pub(crate) struct Activity {
    /// A whole sentence; names in it are [`isolated`](super::isolated).
    pub(crate) what: String,
    /// On its own: “Today 08:12”, “2 Sep 2026”.
    pub(crate) when: Moment,
    pub(crate) tone: Option<Tone>,
    /// A second line, when there is more to say.
    pub(crate) note: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Banner {
    pub(crate) tone: Tone,
    /// A whole sentence; names in it are [`isolated`](super::isolated).
    pub(crate) sentence: String,
}

/// How something is meant. It always comes with its icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Ok,
    Warn,
}

#[derive(Template)]
#[template(path = "account.html")]
struct Page<'a> {
    frame: &'a Frame,
    view: &'a Account,
}

pub(crate) fn account(frame: &Frame, view: &Account) -> String {
    written(&Page { frame, view })
}

impl Account {
    fn ways_in(&self) -> String {
        words::ways_in(self.passkeys.len())
    }
}

impl Activity {
    fn dot(&self) -> Dot {
        Dot(self.tone)
    }
}

/// What stands before an entry of the timeline.
struct Dot(Option<Tone>);

impl fmt::Display for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shapes = self.0.map_or(Icon::Dot, Tone::icon).shapes();
        let tone = self.0.map(|tone| format!(r#" data-tone="{}""#, tone.as_str())).unwrap_or_default();
        write!(f, r#"<svg class="icon dot" viewBox="0 0 24 24"{tone} aria-hidden="true">{shapes}</svg>"#)
    }
}

/// Our own marks.
impl askama::filters::HtmlSafe for Dot {}

impl PasskeyKind {
    fn badge(self) -> &'static str {
        match self {
            Self::Synced => "Synced",
            Self::ThisDevice => "This device only",
            Self::SecurityKey => "Security key",
        }
    }

    pub(super) fn icon(self) -> Icon {
        match self {
            Self::Synced => Icon::Phone,
            Self::ThisDevice => Icon::Laptop,
            Self::SecurityKey => Icon::Usb,
        }
    }
}

impl DeviceKind {
    fn icon(self) -> Icon {
        match self {
            Self::Computer => Icon::Laptop,
            Self::Phone => Icon::Phone,
            Self::Terminal => Icon::Terminal,
        }
    }
}

impl Tone {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Ok => Icon::DotCheck,
            Self::Warn => Icon::Warn,
        }
    }
}
