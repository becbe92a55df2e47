//! Ceremonies (being written).

mod algorithm;
pub mod authentication;
mod base64url;
mod challenge;
mod credential;
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
