//! One thing about an otherwise honest answer that is otherwise, and the two ceremonies with it. An authentication is
//! signed after the change, so that the signature is right and the change alone is what can be refused.

use authenticator as soft;
use authenticator::{cbor, cose};
use serde_json::Value;
use webauthn::{Mediation, Public, Refusal, RelyingParty, Trust, UserVerification, authentication, registration};

use crate::world::{NOW, begin_authentication, begin_registration, enrol, knobs, rp, rp_in_a_frame};

pub(crate) type Case = (&'static str, Change, Refusal);

#[derive(Clone, Copy)]
pub(crate) enum Change {
    Knobs(fn(&mut soft::Knobs)),
    /// What the browser says of frames: `crossOrigin` and `topOrigin`.
    Frame(Option<bool>, Option<&'static str>),
    /// The same, where a foreign page may show ours in a frame.
    ExpectedFrame(Option<bool>, Option<&'static str>),
    Origin(&'static str),
    RpId(&'static str),
    Extensions(fn() -> Vec<u8>),
    /// The challenge in the client data.
    Challenge(fn(&str) -> String),
    /// The value of a member of the client data, in JSON.
    Value(&'static str, &'static str),
    /// Something in the text of the client data, and what stands there instead.
    Replace(&'static str, &'static str),
    /// The text of the client data, as honest browsers write it.
    ClientData(fn(&str) -> Vec<u8>),
    AuthenticatorData(fn(&mut Vec<u8>)),
    /// A member of the attestation object; an authentication has none.
    Envelope(&'static str, fn() -> Vec<u8>),
    /// The format and the statement.
    Attestation(&'static str, fn() -> Vec<u8>),
    AttestationObject(fn(&soft::Registration) -> Vec<u8>),
    /// The value of a member of the COSE key, by its label.
    Label(i64, fn() -> Vec<u8>),
    NoLabel(i64),
    /// A number of the COSE key.
    Number(i64, fn(&mut Vec<u8>)),
    /// The COSE key of a new credential.
    Key(fn(&[u8]) -> Vec<u8>),
    /// A member of the answer's JSON, its value in JSON.
    Set(&'static str, &'static str),
    Text(&'static str, &'static str),
    /// So many bytes, in base64url.
    Bytes(&'static str, usize),
    Remove(&'static str),
    Json(fn(&mut Value)),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Ceremony {
    Registration,
    Authentication,
}

impl Ceremony {
    pub(crate) const BOTH: [Ceremony; 2] = [Ceremony::Registration, Ceremony::Authentication];

    pub(crate) fn refusal(self, algorithm: soft::Algorithm, change: Change) -> Option<Refusal> {
        match self {
            Ceremony::Registration => register(algorithm, change).err(),
            Ceremony::Authentication => sign_in(algorithm, change).err(),
        }
    }
}

pub(crate) fn register(algorithm: soft::Algorithm, change: Change) -> Result<registration::Registered, Refusal> {
    let (options, pending) = begin_registration(Mediation::Modal);
    let (passkey, mut draft) = soft::draft(&options, &change.knobs(algorithm));
    change.rewrite_client_data(&mut draft.client_data);
    change.rewrite_authenticator_data(&mut draft.authenticator_data);
    change.rewrite_key(&passkey.key.cose(), &mut draft.authenticator_data);
    let mut json = draft.json_around(&change.attestation_object(&draft));
    change.rewrite_json(&mut json);
    let answer = registration::Answer::parse(&json).inspect_err(is_unreadable)?;
    registration::finish(&change.relying_party(), &pending, &answer, &Trust::nobody(NOW)).inspect_err(is_not_accepted)
}

pub(crate) fn sign_in(algorithm: soft::Algorithm, change: Change) -> Result<authentication::Verified, Refusal> {
    let mut enrolled = enrol(&knobs(algorithm));
    let (options, pending) = begin_authentication(None, UserVerification::Required);
    let mut assertion = enrolled.passkey.assert(&options, &change.knobs(algorithm));
    change.rewrite_client_data(&mut assertion.client_data);
    change.rewrite_authenticator_data(&mut assertion.authenticator_data);
    let mut json = enrolled.passkey.signed(assertion).json();
    change.rewrite_json(&mut json);
    let answer = authentication::Answer::parse(&json).inspect_err(is_unreadable)?;
    let rp = change.relying_party();
    authentication::finish(&rp, &pending, &answer, &enrolled.known()).inspect_err(is_not_accepted)
}

/// What reading refuses could not be read, and what the ceremony refuses was not accepted: a stranger learns which of
/// the two it was, and no more.
fn is_unreadable(refusal: &Refusal) {
    assert_eq!(refusal.public(), Public::Unreadable, "{refusal}");
}

fn is_not_accepted(refusal: &Refusal) {
    assert_eq!(refusal.public(), Public::NotAccepted, "{refusal}");
}

/// Each case of a table, with every algorithm.
pub(crate) fn refuses(ceremonies: &[Ceremony], cases: &[Case]) {
    for (name, change, reason) in cases {
        for ceremony in ceremonies {
            for algorithm in soft::Algorithm::ALL {
                let refusal = ceremony.refusal(algorithm, *change);
                assert_eq!(refusal, Some(*reason), "{name} ({ceremony:?}, {algorithm:?})");
            }
        }
    }
}

impl Change {
    fn knobs(self, algorithm: soft::Algorithm) -> soft::Knobs {
        let mut knobs = knobs(algorithm);
        match self {
            Change::Knobs(turn) => turn(&mut knobs),
            Change::Frame(cross, top) | Change::ExpectedFrame(cross, top) => {
                (knobs.cross_origin, knobs.top_origin) = (cross, top.map(str::to_owned));
            }
            Change::Origin(origin) => origin.clone_into(&mut knobs.origin),
            Change::RpId(rp_id) => knobs.rp_id = Some(rp_id.to_owned()),
            Change::Extensions(extensions) => knobs.extensions = Some(extensions()),
            _ => {}
        }
        knobs
    }

    fn relying_party(self) -> RelyingParty {
        if matches!(self, Change::ExpectedFrame(..)) { rp_in_a_frame() } else { rp() }
    }

    fn rewrite_client_data(self, client_data: &mut Vec<u8>) {
        let text = str::from_utf8(client_data).unwrap();
        let rewritten = match self {
            Change::Challenge(alter) => {
                let json: Value = serde_json::from_str(text).unwrap();
                let altered = alter(json["challenge"].as_str().unwrap());
                replace(text, member_of(text, "challenge"), &format!("\"challenge\":\"{altered}\""))
            }
            Change::Value(key, value) => replace(text, member_of(text, key), &format!("\"{key}\":{value}")),
            Change::Replace(from, to) => replace(text, from, to),
            Change::ClientData(rewrite) => rewrite(text),
            _ => return,
        };
        assert_ne!(*client_data, rewritten);
        *client_data = rewritten;
    }

    fn rewrite_authenticator_data(self, authenticator_data: &mut Vec<u8>) {
        if let Change::AuthenticatorData(rewrite) = self {
            rewrite(authenticator_data);
        }
    }

    /// The key is what the authenticator data end with.
    fn rewrite_key(self, honest: &[u8], authenticator_data: &mut Vec<u8>) {
        let mut key = cose::Members::read(honest);
        let rewritten = match self {
            Change::Label(label, value) => key.set(label, value()).write(),
            Change::NoLabel(label) => key.remove(label).write(),
            Change::Number(label, rewrite) => {
                let mut number = key.number(label);
                rewrite(&mut number);
                key.set(label, cbor::bytes(&number)).write()
            }
            Change::Key(rewrite) => rewrite(honest),
            _ => return,
        };
        authenticator_data.truncate(authenticator_data.len() - honest.len());
        authenticator_data.extend(rewritten);
    }

    fn attestation_object(self, draft: &soft::Registration) -> Vec<u8> {
        match self {
            Change::AttestationObject(rewrite) => rewrite(draft),
            Change::Attestation(format, statement) => {
                soft::Registration { format: format.to_owned(), statement: statement(), ..draft.clone() }
                    .attestation_object()
            }
            Change::Envelope(name, value) => {
                let mut members = draft.members();
                members.iter_mut().find(|(key, _)| *key == cbor::text(name)).unwrap().1 = value();
                cbor::map(&members)
            }
            _ => draft.attestation_object(),
        }
    }

    fn rewrite_json(self, json: &mut Value) {
        match self {
            Change::Set(path, value) => *place(json, path) = serde_json::from_str(value).unwrap(),
            Change::Text(path, text) => *place(json, path) = Value::from(text),
            Change::Bytes(path, length) => *place(json, path) = soft::base64url(vec![0; length]).into(),
            Change::Remove(path) => {
                let (parent, name) = path.split_once('.').map_or(("", path), |(parent, name)| (parent, name));
                let parent = if parent.is_empty() { json } else { &mut json[parent] };
                parent.as_object_mut().unwrap().remove(name).unwrap();
            }
            Change::Json(rewrite) => rewrite(json),
            _ => {}
        }
    }
}

fn place<'a>(json: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('.').fold(json, |value, name| &mut value[name])
}

pub(crate) fn replace(text: &str, from: &str, to: &str) -> Vec<u8> {
    assert!(text.contains(from));
    text.replace(from, to).into_bytes()
}

/// The member of the client data as it stands in the text.
pub(crate) fn member_of<'a>(text: &'a str, key: &str) -> &'a str {
    let start = text.find(&format!("\"{key}\":")).unwrap();
    let length = text[start..].find([',', '}']).unwrap();
    &text[start..start + length]
}
