//! What was just done, said once by the page that follows. It travels in a cookie: an address can be sent to somebody,
//! and then a page of ours would say whatever the sender likes.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;

use crate::cookie;

/// These, and no other words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    PasskeyAdded,
    PasskeyRenamed,
    PasskeyRemoved,
    SessionEnded,
    OtherSessionsEnded,
    SignedOut,
    /// Signed in with a passkey that this device has not.
    FromElsewhere,
    /// Signed in with a passkey of a domain of before.
    OfBefore,
}

impl Notice {
    const ALL: [Self; 8] = [
        Self::PasskeyAdded,
        Self::PasskeyRenamed,
        Self::PasskeyRemoved,
        Self::SessionEnded,
        Self::OtherSessionsEnded,
        Self::SignedOut,
        Self::FromElsewhere,
        Self::OfBefore,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::PasskeyAdded => "passkey-added",
            Self::PasskeyRenamed => "passkey-renamed",
            Self::PasskeyRemoved => "passkey-removed",
            Self::SessionEnded => "session-ended",
            Self::OtherSessionsEnded => "other-sessions-ended",
            Self::SignedOut => "signed-out",
            Self::FromElsewhere => "from-elsewhere",
            Self::OfBefore => "of-before",
        }
    }

    /// The next page says it.
    pub(crate) fn after(self, response: Response) -> Response {
        cookie::with(response, cookie::notice(self.word()))
    }
}

/// What this page is to say.
pub(crate) struct Noticed(pub(crate) Option<Notice>);

impl Noticed {
    /// Said or not, the browser forgets it.
    pub(crate) fn once(&self, response: Response) -> Response {
        if self.0.is_some() { cookie::with(response, cookie::no_notice()) } else { response }
    }
}

impl<S: Sync> FromRequestParts<S> for Noticed {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let word = cookie::find(&parts.headers, cookie::NOTICE);
        Ok(Self(Notice::ALL.into_iter().find(|notice| word == Some(notice.word()))))
    }
}
