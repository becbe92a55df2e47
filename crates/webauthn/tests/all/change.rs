//! One thing about an otherwise honest answer that is otherwise, and the two ceremonies with it. An authentication is
//! signed after the change, so that the signature is right and the change alone is what can be refused.

use authenticator as soft;
use serde_json::Value;
use webauthn::{Mediation, Public, Refusal, UserVerification, authentication, registration};

use crate::world::{begin_authentication, begin_registration, enrol, knobs, rp, rp_in_a_frame};

pub(crate) type Case = (&'static str, Change, Refusal);

#[derive(Clone, Copy)]
pub(crate) enum Change {
    Knobs(fn(&mut soft::Knobs)),
    /// The same, where a foreign page may show ours in a frame.
    InAFrame(fn(&mut soft::Knobs)),
    /// The text of the client data, as honest browsers write it.
    ClientData(fn(&str) -> Vec<u8>),
    AuthenticatorData(fn(&mut Vec<u8>)),
    /// The attestation object; an authentication has none.
    AttestationObject(fn(&soft::Registration) -> Vec<u8>),
    /// The COSE key of a new credential.
    Key(fn(&[u8]) -> Vec<u8>),
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
    let mut knobs = knobs(algorithm);
    turn(change, &mut knobs);
    let (passkey, mut draft) = soft::draft(&options, &knobs);
    match change {
        Change::ClientData(rewrite) => rewrite_client_data(&mut draft.client_data, rewrite),
        Change::AuthenticatorData(rewrite) => rewrite(&mut draft.authenticator_data),
        Change::Key(rewrite) => {
            let honest = passkey.key.cose();
            let before = draft.authenticator_data.len() - honest.len();
            draft.authenticator_data.truncate(before);
            draft.authenticator_data.extend(rewrite(&honest));
        }
        _ => {}
    }
    let object = match change {
        Change::AttestationObject(rewrite) => rewrite(&draft),
        _ => draft.attestation_object(),
    };
    let mut json = draft.json_around(&object);
    if let Change::Json(rewrite) = change {
        rewrite(&mut json);
    }
    let answer = registration::Answer::parse(&json).inspect_err(is_unreadable)?;
    registration::finish(&relying_party(change), &pending, &answer).inspect_err(is_not_accepted)
}

pub(crate) fn sign_in(algorithm: soft::Algorithm, change: Change) -> Result<authentication::Verified, Refusal> {
    let mut enrolled = enrol(&knobs(algorithm));
    let (options, pending) = begin_authentication(None, UserVerification::Required);
    let mut knobs = knobs(algorithm);
    turn(change, &mut knobs);
    let mut assertion = enrolled.passkey.assert(&options, &knobs);
    match change {
        Change::ClientData(rewrite) => rewrite_client_data(&mut assertion.client_data, rewrite),
        Change::AuthenticatorData(rewrite) => rewrite(&mut assertion.authenticator_data),
        Change::AttestationObject(_) | Change::Key(_) => panic!("an authentication shows no new credential"),
        Change::Knobs(_) | Change::InAFrame(_) | Change::Json(_) => {}
    }
    let mut json = enrolled.passkey.signed(assertion).json();
    if let Change::Json(rewrite) = change {
        rewrite(&mut json);
    }
    let answer = authentication::Answer::parse(&json).inspect_err(is_unreadable)?;
    authentication::finish(&relying_party(change), &pending, &answer, &enrolled.known()).inspect_err(is_not_accepted)
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

fn turn(change: Change, knobs: &mut soft::Knobs) {
    if let Change::Knobs(turn) | Change::InAFrame(turn) = change {
        turn(knobs);
    }
}

fn relying_party(change: Change) -> webauthn::RelyingParty {
    if matches!(change, Change::InAFrame(_)) { rp_in_a_frame() } else { rp() }
}

fn rewrite_client_data(client_data: &mut Vec<u8>, rewrite: fn(&str) -> Vec<u8>) {
    *client_data = rewrite(str::from_utf8(client_data).unwrap());
}
