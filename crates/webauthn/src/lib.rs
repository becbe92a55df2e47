//! Ceremonies (being written).

mod algorithm;
mod answer;
mod attestation;
pub mod authentication;
mod authenticator_data;
mod base64url;
mod cbor;
mod challenge;
mod client_data;
mod cose;
mod credential;
pub mod parsers;
pub mod provider;
pub mod refusal;
pub mod registration;
mod relying_party;
mod wishes;

pub use algorithm::Algorithm;
pub use challenge::Challenge;
pub use credential::{Attachment, Descriptor, Transport};
pub use refusal::{Public, Refusal};
pub use relying_party::RelyingParty;
pub use wishes::{Mediation, UserVerification};
