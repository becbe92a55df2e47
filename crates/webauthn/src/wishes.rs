//! What we ask of a ceremony.

use serde::{Deserialize, Serialize};

/// Whether the authenticator must know who stands before it: by finger, face or PIN.
// SPEC: WebAuthn-3 §5.8.6
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserVerification {
    Required,
    Preferred,
    Discouraged,
}

/// Whether the browser shows its dialogue, or makes the passkey beside another act of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mediation {
    Modal,
    Conditional,
}

/// Whether the maker of the authenticator is asked to state where a credential is made.
// SPEC: WebAuthn-3 §5.4.7
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Conveyance {
    None,
    /// As the authenticator states it. Browsers may ask the person first.
    Direct,
    /// With what names this very device, where its owner has permitted us to learn that.
    Enterprise,
}
