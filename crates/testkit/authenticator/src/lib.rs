//! A software authenticator with the browser around it: it answers the options of a WebAuthn ceremony with the JSON
//! that a page would send back. Honest by default; [`Knobs`] make it lie in one thing, and [`Registration`] and
//! [`Assertion`] can be taken apart, changed and, where that is the point, signed again.
//!
//! It knows none of the house's rooms, so that what tests it and what it tests share no mistake. It keeps no store of
//! passkeys and looks at no exclude or allow list: which passkey answers is the test's business. It is a tool for
//! tests: what it cannot do, it says by panicking.
//!
//! ```
//! use authenticator::{Knobs, register};
//! use serde_json::json;
//!
//! let knobs = Knobs::at("https://id.example.org");
//! let options = json!({"rp": {"id": "id.example.org"}, "user": {"id": "YW5u"}, "challenge": "AAAA"});
//! let (mut passkey, answer) = register(&options, &knobs);
//! assert_eq!(answer["type"], "public-key");
//! let answer = passkey.sign_in(&json!({"challenge": "AAAB"}), &knobs);
//! assert_eq!(answer["response"]["userHandle"], "YW5u");
//! ```
//!
//! Invariants:
//! - With its knobs as they come, it answers as the standard asks of an authenticator and of a browser.
//! - A knob or a changed part changes what it names and nothing else; a signature is over what the parts say when it
//!   is made.
//! - A seed fixes id and key of a credential, but for RSA keys, of which a process has one.

pub mod attestation;
pub mod cbor;
pub mod certificate;
pub mod cose;
pub mod der;
mod key;
mod knobs;
pub mod metadata;
mod parts;
mod passkey;

pub use attestation::{Attestation, Maker};
pub use certificate::{Certificate, pem, pem_of_revocations};
pub use key::{Algorithm, Key};
pub use knobs::Knobs;
pub use parts::{Assertion, AuthenticatorData, ClientData, Registration, attested_credential, base64url, unbase64url};
pub use passkey::{Passkey, draft, register};
