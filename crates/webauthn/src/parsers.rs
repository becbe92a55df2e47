//! The parsers that bytes from the network meet, each by itself, so that a fuzzer can reach it. They say whether an
//! input is well-formed and hand out nothing: only a ceremony gives meaning to what was read.

use crate::attestation::{AttestationObject, Certified, KeyDescription, PublicArea};
use crate::authenticator_data::AuthenticatorData;
use crate::cbor::Reader;
use crate::client_data::ClientData;
use crate::cose::PublicKey;
use crate::metadata::{Metadata, NotTaken};
use crate::refusal::{AndroidKey, Attestation, Place, Refusal, Tpm};
use crate::x509::Certificate;

/// One item and nothing after it; refused as if it stood among extensions, which may be any CBOR.
pub fn cbor(bytes: &[u8]) -> Result<(), Refusal> {
    let mut reader = Reader::new(Place::Extensions, bytes);
    reader.item()?;
    reader.end()
}

pub fn attestation_object(bytes: &[u8]) -> Result<(), Refusal> {
    AttestationObject::parse(bytes).map(drop)
}

pub fn authenticator_data(bytes: &[u8]) -> Result<(), Refusal> {
    AuthenticatorData::parse(bytes.to_vec()).map(drop)
}

/// A key that would be registered.
pub fn cose_key(bytes: &[u8]) -> Result<(), Refusal> {
    PublicKey::parse(bytes)?.check()
}

pub fn client_data_json(bytes: &[u8]) -> Result<(), Refusal> {
    ClientData::parse(bytes).map(drop)
}

pub fn certificate(bytes: &[u8]) -> Result<(), Refusal> {
    Ok(Certificate::parse(bytes).map(drop).map_err(|_| Attestation::Certificate)?)
}

/// The extension's value.
pub fn android_key_description(bytes: &[u8]) -> Result<(), Refusal> {
    Ok(KeyDescription::parse(bytes).map(drop).map_err(|_| AndroidKey::Description)?)
}

/// `pubArea`
pub fn tpm_public_area(bytes: &[u8]) -> Result<(), Refusal> {
    Ok(PublicArea::parse(bytes).map(drop).map_err(|_| Tpm::PublicArea)?)
}

/// `certInfo`
pub fn tpm_cert_info(bytes: &[u8]) -> Result<(), Refusal> {
    Ok(Certified::parse(bytes).map(drop)?)
}

/// What is signed of a list of models.
pub fn metadata(json: &[u8]) -> Result<(), NotTaken> {
    Metadata::read_payload(json).map(drop)
}
