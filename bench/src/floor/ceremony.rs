//! What a sign-in computes: a challenge and the options around it, the parts of an answer, one verification.

use aws_lc_rs::digest::{Digest, SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The longest that is decoded here: client data with an origin of ordinary length.
const LONGEST: usize = 512;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Options<'a> {
    challenge: &'a str,
    timeout: u32,
    rp_id: &'a str,
    allow_credentials: [&'a str; 0],
    user_verification: &'a str,
}

/// `PublicKeyCredentialRequestOptionsJSON` around a new challenge.
pub(crate) fn options() -> Vec<u8> {
    let mut challenge = [0; 32];
    aws_lc_rs::rand::fill(&mut challenge).expect("randomness");
    let mut text = [0; 43];
    let length = URL_SAFE_NO_PAD.encode_slice(challenge, &mut text).expect("43 characters");
    let options = Options {
        challenge: std::str::from_utf8(&text[..length]).expect("base64url is ASCII"),
        timeout: 180_000,
        rp_id: "localhost",
        allow_credentials: [],
        user_verification: "required",
    };
    serde_json::to_vec(&options).expect("options are JSON")
}

#[derive(Deserialize)]
struct Finish<'a> {
    #[serde(borrow)]
    credential: Credential<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential<'a> {
    raw_id: &'a str,
    #[serde(borrow)]
    response: Response<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    #[serde(rename = "clientDataJSON")]
    client_data: &'a str,
    authenticator_data: &'a str,
    signature: &'a str,
    user_handle: &'a str,
}

#[derive(Deserialize)]
struct ClientData<'a> {
    r#type: &'a str,
    challenge: &'a str,
    origin: &'a str,
}

/// The whole way from a body to what is to be verified: JSON, base64, client data, authenticator data and two SHA-256.
pub(crate) fn parse(body: &[u8], origin: &str) -> (Digest, u32) {
    let Finish { credential } = serde_json::from_slice(body).expect("the body of a finish");
    let (mut id, mut handle, mut signature) = ([0; LONGEST], [0; LONGEST], [0; LONGEST]);
    let (mut client_data, mut authenticator_data) = ([0; LONGEST], [0; LONGEST]);
    let id = decoded(credential.raw_id, &mut id);
    let handle = decoded(credential.response.user_handle, &mut handle);
    let signature = decoded(credential.response.signature, &mut signature);
    let client_data = decoded(credential.response.client_data, &mut client_data);
    let authenticator_data = decoded(credential.response.authenticator_data, &mut authenticator_data);
    let read: ClientData<'_> = serde_json::from_slice(client_data).expect("client data");
    assert!(read.r#type == "webauthn.get" && read.origin == origin && read.challenge.len() == 43);
    assert!(!id.is_empty() && !handle.is_empty() && !signature.is_empty());
    assert!(authenticator_data[..32] == *digest(&SHA256, b"localhost").as_ref() && authenticator_data[32] & 5 == 5);
    let count = authenticator_data[33..37].try_into().expect("four bytes");
    (digest(&SHA256, client_data), u32::from_be_bytes(count))
}

fn decoded<'a>(text: &str, into: &'a mut [u8]) -> &'a [u8] {
    let length = URL_SAFE_NO_PAD.decode_slice(text, into).expect("base64url");
    &into[..length]
}

/// One verification by a key as it lies in a row: a point of P-256, uncompressed.
pub(crate) fn verify(point: &[u8], message: &[u8], signature: &[u8]) {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature).expect("a good signature");
}
