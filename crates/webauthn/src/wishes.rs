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
