//! One thing about an otherwise honest ceremony that is otherwise. What is signed is signed after the change, so the
//! signatures are right and the change alone is what can be refused; but for [`Change::Signed`].

use authenticator::attestation::Tpm;
use authenticator::{Assertion, Attestation, Certificate, Key, Knobs, Maker, Passkey, Registration, cbor};
use serde_json::Value;

pub(crate) type Members = Vec<(&'static str, Vec<u8>)>;

#[derive(Clone, Copy)]
pub(crate) enum Change {
    Nothing,
    /// What the relying party expects, and how the authenticator and the browser behave.
    Setting(fn(&mut Value, &mut Knobs)),
    /// The client data, as honest browsers write them.
    Client(fn(&str) -> Vec<u8>),
    AuthenticatorData(fn(&mut Vec<u8>)),
    /// The COSE key of a new credential.
    Key(fn(&[u8]) -> Vec<u8>),
    Attestation(fn(&mut Attestation)),
    /// What stands first in `x5c`.
    Leaf(fn(&mut Certificate)),
    /// Between the first certificate and the root.
    Authority(fn(&mut Certificate)),
    Tpm(fn(&mut Tpm)),
    /// The description of an Android key, from the hash of the client data.
    Description(fn(&[u8]) -> Vec<u8>),
    /// The members of the statement.
    Members(fn(&mut Members)),
    /// The certificates in `x5c`, in DER.
    Chain(fn(&mut Vec<Vec<u8>>)),
    /// The statements of a compound, each in CBOR.
    Statements(fn(&mut Vec<Vec<u8>>)),
    Object(fn(&Registration) -> Vec<u8>),
    /// A signed assertion.
    Signed(fn(&Passkey, &mut Assertion)),
    /// The whole record.
    Record(fn(&mut Value)),
    /// One bit, any, of a member of the response.
    Bit(&'static str),
}

impl Change {
    pub(crate) fn set(self, expected: &mut Value, knobs: &mut Knobs) {
        if let Change::Setting(change) = self {
            change(expected, knobs);
        }
    }

    pub(crate) fn rewrite_client_data(self, client_data: &mut Vec<u8>) {
        if let Change::Client(rewrite) = self {
            *client_data = rewrite(str::from_utf8(client_data).expect("text"));
        }
    }

    pub(crate) fn rewrite_authenticator_data(self, data: &mut Vec<u8>) {
        if let Change::AuthenticatorData(rewrite) = self {
            rewrite(data);
        }
    }

    /// The key is what the authenticator data end with.
    pub(crate) fn rewrite_key(self, key: &Key, data: &mut Vec<u8>) {
        if let Change::Key(rewrite) = self {
            let honest = key.cose();
            data.truncate(data.len() - honest.len());
            data.extend(rewrite(&honest));
        }
    }

    pub(crate) fn rewrite_attestation(self, attestation: &mut Attestation, maker: &Maker, client_data_hash: &[u8]) {
        match self {
            Change::Attestation(change) => change(attestation),
            Change::Leaf(change) => change(&mut attestation.certificate),
            Change::Authority(change) => {
                let mut authority = maker.authority();
                change(&mut authority);
                attestation.others = vec![authority.signed_by(maker.root_key())];
            }
            Change::Tpm(change) => change(attestation.tpm.as_mut().expect("a TPM's")),
            Change::Description(write) => {
                let oid = authenticator::attestation::ANDROID_KEY_DESCRIPTION;
                attestation.certificate.extension(oid).value = write(client_data_hash);
            }
            _ => {}
        }
    }

    pub(crate) fn rewrite_members(self, members: &mut Members, attestation: &Attestation) {
        match self {
            Change::Members(change) => change(members),
            Change::Chain(change) => {
                let leaf = attestation.certificate.signed_by(&attestation.issuer);
                let mut chain = [vec![leaf], attestation.others.clone()].concat();
                change(&mut chain);
                let chain = cbor::array(&chain.iter().map(|der| cbor::bytes(der)).collect::<Vec<_>>());
                *member(members, "x5c") = chain;
            }
            _ => {}
        }
    }

    pub(crate) fn rewrite_statements(self, statements: &mut Vec<Vec<u8>>) {
        if let Change::Statements(change) = self {
            change(statements);
        }
    }

    pub(crate) fn attestation_object(self, draft: &Registration) -> Vec<u8> {
        if let Change::Object(write) = self { write(draft) } else { draft.attestation_object() }
    }

    pub(crate) fn rewrite_assertion(self, passkey: &Passkey, assertion: &mut Assertion) {
        if let Change::Signed(change) = self {
            change(passkey, assertion);
        }
    }
}

/// The value of a member, in CBOR.
pub(crate) fn member<'a>(members: &'a mut Members, wanted: &str) -> &'a mut Vec<u8> {
    &mut members.iter_mut().find(|(name, _)| *name == wanted).expect("a member of this name").1
}
