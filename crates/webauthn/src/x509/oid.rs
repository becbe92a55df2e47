//! Object identifiers, as the content of their DER.

/// Attributes of names, extensions: RFC 5280 appendix A.1 and §4.2.1 (`2.5.4.…` and `2.5.29.…`).
pub(crate) const COMMON_NAME: &[u8] = &[0x55, 4, 3];
pub(crate) const COUNTRY: &[u8] = &[0x55, 4, 6];
pub(crate) const ORGANISATION: &[u8] = &[0x55, 4, 10];
pub(crate) const ORGANISATIONAL_UNIT: &[u8] = &[0x55, 4, 11];
pub(super) const KEY_USAGE: &[u8] = &[0x55, 29, 15];
pub(crate) const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 29, 17];
pub(super) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 29, 19];
pub(super) const CERTIFICATE_POLICIES: &[u8] = &[0x55, 29, 32];
pub(super) const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 29, 37];

/// `2.5.29.30`
pub(crate) const NAME_CONSTRAINTS: &[u8] = &[0x55, 29, 30];
/// `1.3.6.1.5.5.7.3.1`: RFC 5280 §4.2.1.12.
pub(super) const SERVER_AUTHENTICATION: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];

/// `1.3.6.1.4.1.45724.1.1.4`: WebAuthn-3 §8.2.1.
pub(crate) const AAGUID: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0xe5, 0x1c, 1, 1, 4];
/// `1.3.6.1.4.1.11129.2.1.17`: WebAuthn-3 §8.4.1.
pub(crate) const ANDROID_KEY_DESCRIPTION: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 1, 0x11];
/// `1.2.840.113635.100.8.2`: WebAuthn-3 §8.8.
pub(crate) const APPLE_NONCE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x63, 0x64, 8, 2];
/// `2.23.133.8.3`: WebAuthn-3 §8.3.1.
pub(crate) const ATTESTATION_IDENTITY_KEY: &[u8] = &[0x67, 0x81, 5, 8, 3];
/// `2.23.133.2.1` to `.3`: TCG EK Credential Profile §3.1.2.
pub(crate) const TPM_MANUFACTURER: &[u8] = &[0x67, 0x81, 5, 2, 1];
pub(crate) const TPM_MODEL: &[u8] = &[0x67, 0x81, 5, 2, 2];
pub(crate) const TPM_VERSION: &[u8] = &[0x67, 0x81, 5, 2, 3];

/// Keys: `1.2.840.10045.2.1` and its curves `1.2.840.10045.3.1.7`, `1.3.132.0.34`, `1.3.132.0.35` (RFC 5480);
/// `1.2.840.113549.1.1.1` (RFC 3279); `1.3.101.112` (RFC 8410).
pub(super) const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
pub(super) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
pub(super) const P384: &[u8] = &[0x2b, 0x81, 4, 0, 0x22];
pub(super) const P521: &[u8] = &[0x2b, 0x81, 4, 0, 0x23];
pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// Signatures: `1.2.840.10045.4.3.2` to `.4` (RFC 5758), `1.2.840.113549.1.1.11` to `.13` and `.10` (RFC 4055).
pub(super) const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
pub(super) const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
pub(super) const ECDSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4];
pub(super) const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b];
pub(super) const RSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0c];
pub(super) const RSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0d];
pub(super) const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0a];
/// `2.16.840.1.101.3.4.2.1` to `.3` (RFC 4055).
pub(super) const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
pub(super) const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
pub(super) const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];
/// `2.16.840.1.101.3.4.3.17` to `.19` (RFC 9881): key and signature are called the same.
pub(super) const ML_DSA_44: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x11];
pub(super) const ML_DSA_65: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x12];
pub(super) const ML_DSA_87: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x13];
