//! # webauthn: ceremonies
//!
//! What a passkey proves, and nothing else. There are two ceremonies, [`registration`] and [`authentication`], after
//! WebAuthn Level 3, sections 7.1 and 7.2. Each has a beginning that gives options for the browser and a pending to
//! keep, and an end that takes the pending and the browser's answer and gives a receipt or a [`Refusal`].
//!
//! An answer is read in two strides. `Answer::parse` refuses what is not well-formed: JSON, base64url, the browser's
//! JSON within, the authenticator's CBOR and binary data. `finish` then walks the steps of the standard over what was
//! read. In between, `Answer::answers` tells whether the signed challenge is the one that was set, so that the caller
//! spends a ceremony only for an answer to it.
//!
//! The procedure is our own, and every comment `SPEC:` names the clause that a piece of it is; the cryptography is
//! aws-lc's. Every attestation format of the registry is verified, and whom it leads to is asked where the caller's
//! [`Trust`] names anybody. Credentials sign with any of [`Algorithm::ALL`]. A format more, or a type of key, is a file
//! more, under `attestation/` or `cose/`.
//!
//! What it refuses: clocks, randomness, storage, logging. The challenge arrives as a value. Whether a credential id is
//! registered already, what a sign count means, who may register or sign in: all that is for others to say; the
//! receipts hand them the facts. Nothing that decides is ever taken from a request: relying party id, origins,
//! algorithms and the demand for user verification come from configuration and from the pending.
//!
//! ```
//! use authenticator::{Knobs, register};
//! use vocab::{Origin, RpId, Timestamp};
//! use webauthn::{Challenge, Conveyance, Mediation, RelyingParty, Trust, UserVerification, authentication, registration};
//!
//! let rp = RelyingParty {
//!     id: RpId::parse("id.example.org").ok_or("no name")?,
//!     name: "Example".to_owned(),
//!     origins: vec![Origin::parse("https://id.example.org").ok_or("no origin")?],
//!     top_origins: None,
//! };
//! let ann = registration::User { handle: vec![7; 16], name: "ann".to_owned(), display_name: "Ann".to_owned() };
//! let (options, pending) = registration::begin(&rp, registration::Ask {
//!     challenge: Challenge::from_bytes([1; 32]), // from the Entropy port
//!     user: ann,
//!     exclude: vec![],
//!     timeout_ms: 180_000,
//!     mediation: Mediation::Modal,
//!     attestation: Conveyance::None,
//!     algorithms: webauthn::Algorithm::ALL.to_vec(),
//! });
//! // The browser's part, here played by a testing tool.
//! let page = Knobs::at("https://id.example.org");
//! let (mut passkey, json) = register(&serde_json::to_value(&options)?, &page);
//! let answer = registration::Answer::parse(&json)?;
//! let trust = Trust::nobody(Timestamp::from_micros(1_764_000_000_000_000));
//! let registered = registration::finish(&rp, &pending, &answer, &trust)?;
//!
//! let (options, pending) = authentication::begin(&rp, authentication::Ask {
//!     challenge: Challenge::from_bytes([2; 32]),
//!     allow: vec![], // nobody was named: the passkey says whose it is
//!     user_verification: UserVerification::Required,
//!     timeout_ms: 180_000,
//! });
//! let answer = authentication::Answer::parse(&passkey.sign_in(&serde_json::to_value(&options)?, &page))?;
//! let known = authentication::Known {
//!     raw_id: registered.raw_id(),
//!     public_key: registered.public_key(),
//!     algorithm: registered.algorithm(),
//!     user_handle: &[7; 16],
//!     is_backup_eligible: registered.is_backup_eligible(),
//! };
//! let verified = authentication::finish(&rp, &pending, &answer, &known)?;
//! assert!(verified.is_user_verified());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Invariants:
//! - A receipt ([`registration::Registered`], [`authentication::Verified`]) is made in one place, after every check.
//!   Nobody else can make, copy, store or revive one.
//! - What an authentication's receipt says, the credential signed; only `attachment` is the browser's word. A
//!   registration of attestation `none` is signed by nobody: it is as trustworthy as the session it happens in.
//! - Each failed check has a reason of its own, and a stranger learns no more than [`Public`].
//! - No input makes it panic, recurse without bound, or hold more than a small multiple of the input's own size.
//! - What a caller lets it remember ([`SeenSignatures`]) changes how much is verified, and no verdict.
//! - One credential has one public key, one byte string for it, one algorithm, and signatures of no other are taken.

mod algorithm;
mod answer;
mod attestation;
pub mod authentication;
mod authenticator_data;
mod base64url;
mod cbor;
mod ceremony;
mod challenge;
mod client_data;
mod cose;
mod credential;
pub mod metadata;
pub mod parsers;
pub mod provider;
pub mod recorded;
pub mod refusal;
pub mod registration;
mod relying_party;
mod wishes;
mod x509;

pub use algorithm::Algorithm;
pub use attestation::{Anchor, BadRevocationList, Format, NotACertificate, RevocationList, Trust, Unbelieved, Vouched};
pub use ceremony::Ceremony;
pub use challenge::Challenge;
pub use credential::{Attachment, Descriptor, Transport};
pub use refusal::{Public, Refusal};
pub use relying_party::RelyingParty;
pub use wishes::{Conveyance, Mediation, UserVerification};
pub use x509::SeenSignatures;
