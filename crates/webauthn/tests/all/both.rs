//! What both ceremonies check alike, beside the client data: the JSON of the answer, the relying party, the flags.

use serde_json::json;
use webauthn::Refusal;
use webauthn::refusal::{Answer, AuthenticatorData, Flaw, Malformed, Member, Place};

use crate::change::Change::{AuthenticatorData as Data, Bytes, Extensions, Json, Knobs, Remove, RpId, Set, Text};
use crate::change::{Case, Ceremony, refuses};

const fn member(member: Member, flaw: Flaw) -> Refusal {
    Refusal::Member(member, flaw)
}

const fn data(reason: AuthenticatorData) -> Refusal {
    Refusal::AuthenticatorData(reason)
}

const fn extensions(malformed: Malformed) -> Refusal {
    Refusal::Cbor(Place::Extensions, malformed)
}

/// §7.1 and §7.2, steps 1 to 4.
pub(crate) const JSON: &[Case] = &[
    ("no object but a list", Json(|json| *json = json!([])), Refusal::Answer(Answer::NotAnObject)),
    ("null", Json(|json| *json = json!(null)), Refusal::Answer(Answer::NotAnObject)),
    ("no id", Remove("id"), member(Member::Id, Flaw::Missing)),
    ("id null", Set("id", "null"), member(Member::Id, Flaw::WrongType)),
    ("id a number", Set("id", "7"), member(Member::Id, Flaw::WrongType)),
    ("id empty", Text("id", ""), member(Member::Id, Flaw::Length)),
    ("id not base64url", Text("id", "A*AA"), member(Member::Id, Flaw::NotBase64url)),
    ("id too long", Bytes("id", 1024), member(Member::Id, Flaw::Length)),
    ("no rawId", Remove("rawId"), member(Member::RawId, Flaw::Missing)),
    ("rawId an object", Set("rawId", "{}"), member(Member::RawId, Flaw::WrongType)),
    ("rawId empty", Text("rawId", ""), member(Member::RawId, Flaw::Length)),
    ("rawId with padding", Text("rawId", "AA=="), member(Member::RawId, Flaw::NotBase64url)),
    ("rawId of the other alphabet", Text("rawId", "+/+/"), member(Member::RawId, Flaw::NotBase64url)),
    ("rawId with bits left over", Text("rawId", "AB"), member(Member::RawId, Flaw::NotBase64url)),
    ("rawId with a space", Text("rawId", "AAAA "), member(Member::RawId, Flaw::NotBase64url)),
    ("w11 rawId of 1024 bytes", Bytes("rawId", 1024), member(Member::RawId, Flaw::Length)),
    ("id differs from rawId", Text("id", "AAAA"), Refusal::Answer(Answer::IdDiffers)),
    ("no type", Remove("type"), member(Member::Type, Flaw::Missing)),
    ("type null", Set("type", "null"), member(Member::Type, Flaw::WrongType)),
    ("type empty", Text("type", ""), Refusal::Answer(Answer::NotAPublicKey)),
    ("type of another kind", Text("type", "password"), Refusal::Answer(Answer::NotAPublicKey)),
    ("type in capitals", Text("type", "Public-Key"), Refusal::Answer(Answer::NotAPublicKey)),
    ("no response", Remove("response"), member(Member::Response, Flaw::Missing)),
    ("response null", Set("response", "null"), member(Member::Response, Flaw::WrongType)),
    ("response a text", Text("response", "AAAA"), member(Member::Response, Flaw::WrongType)),
    ("no clientDataJSON", Remove("response.clientDataJSON"), member(Member::ClientDataJson, Flaw::Missing)),
    ("clientDataJSON an object", Set("response.clientDataJSON", "{}"), member(Member::ClientDataJson, Flaw::WrongType)),
    ("clientDataJSON empty", Text("response.clientDataJSON", ""), member(Member::ClientDataJson, Flaw::Length)),
    (
        "clientDataJSON not base64url",
        Text("response.clientDataJSON", "{}"),
        member(Member::ClientDataJson, Flaw::NotBase64url),
    ),
    (
        "clientDataJSON of 4097 bytes",
        Bytes("response.clientDataJSON", 4097),
        member(Member::ClientDataJson, Flaw::Length),
    ),
    ("attachment a number", Set("authenticatorAttachment", "1"), member(Member::Attachment, Flaw::WrongType)),
    ("extension results a list", Set("clientExtensionResults", "[]"), member(Member::Extensions, Flaw::WrongType)),
    ("extension results null", Set("clientExtensionResults", "null"), member(Member::Extensions, Flaw::WrongType)),
];

/// §7.1 step 14, §7.2 step 15.
pub(crate) const RP_ID: &[Case] = &[
    ("another's", RpId("other.example"), data(AuthenticatorData::RpId)),
    ("the parent domain", RpId("example.org"), data(AuthenticatorData::RpId)),
    ("a subdomain", RpId("a.id.example.org"), data(AuthenticatorData::RpId)),
    ("the origin", RpId("https://id.example.org"), data(AuthenticatorData::RpId)),
    ("in capitals", RpId("ID.example.org"), data(AuthenticatorData::RpId)),
    ("empty", RpId(""), data(AuthenticatorData::RpId)),
    ("zeros", Data(|bytes| bytes[..32].fill(0)), data(AuthenticatorData::RpId)),
    ("the first bit off", Data(|bytes| bytes[0] ^= 0x80), data(AuthenticatorData::RpId)),
    ("the last bit off", Data(|bytes| bytes[31] ^= 1), data(AuthenticatorData::RpId)),
];

/// §7.1 steps 15 to 17, §7.2 steps 16 to 18.
pub(crate) const FLAGS: &[Case] = &[
    ("step 15/16: nobody present", Knobs(|knobs| knobs.up = false), data(AuthenticatorData::UserNotPresent)),
    (
        "step 15/16: no flag at all",
        Knobs(|knobs| (knobs.up, knobs.uv) = (false, false)),
        data(AuthenticatorData::UserNotPresent),
    ),
    (
        "step 15/16: only a reserved flag",
        Data(|bytes| bytes[32] = bytes[32] & 0xc0 | 0b10),
        data(AuthenticatorData::UserNotPresent),
    ),
    (
        "w07 step 16/17: present and not verified",
        Knobs(|knobs| knobs.uv = false),
        data(AuthenticatorData::UserNotVerified),
    ),
    (
        "w07 step 16/17: synchronised and not verified",
        Knobs(|knobs| (knobs.uv, knobs.be, knobs.bs) = (false, true, true)),
        data(AuthenticatorData::UserNotVerified),
    ),
    (
        "step 17/18: copied, though it cannot be",
        Knobs(|knobs| knobs.bs = true),
        data(AuthenticatorData::BackedUpButNotEligible),
    ),
];

/// §7.1 step 13, §7.2 step 15: what both kinds of authenticator data can be wrong in.
pub(crate) const DATA: &[Case] = &[
    ("one byte", Data(|bytes| bytes.truncate(1)), data(AuthenticatorData::Cut)),
    ("31 bytes", Data(|bytes| bytes.truncate(31)), data(AuthenticatorData::Cut)),
    ("no flags", Data(|bytes| bytes.truncate(32)), data(AuthenticatorData::Cut)),
    ("half a sign count", Data(|bytes| bytes.truncate(36)), data(AuthenticatorData::Cut)),
    ("a byte left over", Data(|bytes| bytes.push(0)), data(AuthenticatorData::Trailing)),
    ("extensions, and no flag for them", Data(|bytes| bytes.push(0xa0)), data(AuthenticatorData::Trailing)),
    ("a byte behind the extensions", Extensions(|| vec![0xa0, 0]), data(AuthenticatorData::Trailing)),
    ("two maps of extensions", Extensions(|| vec![0xa0, 0xa0]), data(AuthenticatorData::Trailing)),
    ("a flag for extensions, and none there", Extensions(Vec::new), extensions(Malformed::Cut)),
    ("extensions that are a list", Extensions(|| vec![0x80]), extensions(Malformed::WrongType)),
];

#[test]
fn steps_3_and_4_the_json_of_an_answer() {
    refuses(&Ceremony::BOTH, JSON);
}

#[test]
fn w04_step_14_the_credential_is_one_of_our_relying_party() {
    refuses(&Ceremony::BOTH, RP_ID);
}

#[test]
fn w07_steps_15_to_17_presence_verification_and_backup_flags() {
    refuses(&Ceremony::BOTH, FLAGS);
}

#[test]
fn w18_step_13_authenticator_data_end_where_their_flags_say() {
    refuses(&Ceremony::BOTH, DATA);
}
