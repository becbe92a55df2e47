//! What makers state about new credentials: honest statements are believed as far as they lead, and each single lie has
//! its reason. Step 22 of §7.1 with §8, and step 24.

mod compound;
mod honest;
mod lies;
mod revocations;
mod seen;

use authenticator as soft;
use soft::attestation::{
    AAGUID, ANDROID_KEY_DESCRIPTION, APPLE_NONCE, EXTENDED_KEY_USAGE, FORMATS, Tpm, apple_nonce, authorizations,
    key_description_of, statement, tpm_names, tpm_names_of,
};
use soft::certificate::{BASIC_CONSTRAINTS, Extension, KEY_USAGE, SUBJECT_ALTERNATIVE_NAME, name, revocation_list};
use soft::{Attestation, Certificate, Key, Maker, cbor, der};
use vocab::Timestamp;
use webauthn::refusal::{
    AndroidKey, Apple, Attestation as Reason, Certificate as Profile, Compound, FidoU2f, PublicKey, Tpm as TpmReason,
};
use webauthn::{Anchor, BadRevocationList, Mediation, Refusal, RevocationList, Trust, Vouched, registration};

use crate::world::{NOW, begin_registration, knobs, rp};
use compound::{compound, compounds, stated};
use lies::*;
use revocations::revoked;

const MODEL: [u8; 16] = *b"a model of ours!";
const ES256: soft::Algorithm = soft::Algorithm::Es256;

/// A new credential with what its maker states, before anything of it is written.
struct Draft {
    pending: registration::Pending,
    passkey: soft::Passkey,
    registration: soft::Registration,
    attestation: Attestation,
    maker: Maker,
}

/// What is otherwise about a statement. The certificate and the statement are signed after `Otherwise`, so the signatures
/// are right and the lie alone is what can be refused.
#[derive(Clone, Copy)]
enum Change {
    Otherwise(fn(&mut Attestation)),
    Certificate(fn(&mut Certificate)),
    /// The certificate between the first and the root.
    Authority(fn(&mut Certificate)),
    Tpm(fn(&mut Tpm)),
    /// Country, organisation, unit and common name of the certificate's subject.
    Subject([Option<&'static str>; 4]),
    /// The value of an extension of the certificate, by its object identifier.
    Value(&'static str, fn(&mut Vec<u8>)),
    /// What stands for Apple's nonce.
    Nonce(fn(&[u8]) -> Vec<u8>),
    /// The description of an Android key: its challenge, and what software and hardware say of it.
    Description(Describe),
    /// A member of the statement has another value.
    Member(&'static str, fn() -> Vec<u8>),
    NoMember(&'static str),
    OneMore(&'static str, fn() -> Vec<u8>),
    /// The bytes of a member that is a byte string.
    Bytes(&'static str, fn(&mut Vec<u8>)),
    /// The certificates of the chain, in DER.
    Chain(fn(&mut Vec<Vec<u8>>)),
}

type Describe = fn(&[u8], &[Vec<u8>], &[Vec<u8>]) -> Vec<u8>;

use Change::{
    Authority, Bytes, Certificate as Leaf, Chain, Description, Member, NoMember, Nonce, OneMore, Otherwise, Subject,
    Tpm as OfTpm, Value,
};

type Case = (&'static str, Change, Refusal);

const fn reason(reason: Reason) -> Refusal {
    Refusal::Attestation(reason)
}

const fn profile(reason: Profile) -> Refusal {
    Refusal::Certificate(reason)
}

const fn tpm(reason: TpmReason) -> Refusal {
    Refusal::Tpm(reason)
}

const fn android(reason: AndroidKey) -> Refusal {
    Refusal::AndroidKey(reason)
}

fn draft(format: &'static str, algorithm: soft::Algorithm) -> Draft {
    draft_of(format, algorithm, 77)
}

/// Of the device with this number.
fn draft_of(format: &'static str, algorithm: soft::Algorithm, device: u8) -> Draft {
    let (options, pending) = begin_registration(Mediation::Modal);
    let knobs = soft::Knobs { aaguid: MODEL, seed: Some([device; 32]), ..knobs(algorithm) };
    let (passkey, mut registration) = soft::draft(&options, &knobs);
    format.clone_into(&mut registration.format);
    let maker = Maker::new(1);
    let attestation = maker.attest(format, &passkey, &registration, &MODEL);
    Draft { pending, passkey, registration, attestation, maker }
}

impl Draft {
    fn changed(mut self, change: Change) -> Draft {
        match change {
            Otherwise(change) => change(&mut self.attestation),
            Leaf(change) => change(&mut self.attestation.certificate),
            OfTpm(change) => change(self.attestation.tpm.as_mut().unwrap()),
            Subject(parts) => self.attestation.certificate.subject = subject(parts),
            Value(oid, change) => change(&mut self.attestation.certificate.extension(oid).value),
            Nonce(write) => {
                let value = &mut self.attestation.certificate.extension(APPLE_NONCE).value;
                *value = write(&value[value.len() - 32..]);
            }
            Description(write) => {
                let challenge = self.registration.signed().split_off(self.registration.authenticator_data.len());
                let [by_software, by_hardware] = authorizations();
                let value = &mut self.attestation.certificate.extension(ANDROID_KEY_DESCRIPTION).value;
                *value = write(&challenge, &by_software, &by_hardware);
            }
            Authority(change) => {
                let mut authority = self.maker.authority();
                change(&mut authority);
                self.attestation.others = vec![authority.signed_by(self.maker.root_key())];
            }
            _ => {}
        }
        let mut members = self.attestation.members();
        match change {
            Member(name, value) => member(&mut members, name).1 = value(),
            NoMember(name) => members.retain(|(other, _)| *other != name),
            OneMore(name, value) => members.push((name, value())),
            Bytes(name, change) => {
                let value = &mut member(&mut members, name).1;
                let mut bytes = content(value);
                change(&mut bytes);
                *value = cbor::bytes(&bytes);
            }
            Chain(change) => {
                let first = self.attestation.certificate.signed_by(&self.attestation.issuer);
                let mut chain = [vec![first], self.attestation.others.clone()].concat();
                change(&mut chain);
                member(&mut members, "x5c").1 =
                    cbor::array(&chain.iter().map(|der| cbor::bytes(der)).collect::<Vec<_>>());
            }
            _ => {}
        }
        self.registration.statement = statement(&members);
        self
    }

    fn finish(&self, trust: &Trust<'_>) -> Result<registration::Registered, Refusal> {
        let answer = registration::Answer::parse(&self.registration.json())?;
        registration::finish(&rp(), &self.pending, &answer, trust)
    }

    /// With these certificates, and its statement signed as before.
    fn with_chain(self, chain: &[Vec<u8>]) -> Draft {
        let mut members = self.attestation.members();
        member(&mut members, "x5c").1 = cbor::array(&chain.iter().map(|der| cbor::bytes(der)).collect::<Vec<_>>());
        Draft { registration: soft::Registration { statement: statement(&members), ..self.registration }, ..self }
    }

    fn anchors(&self) -> Vec<Anchor> {
        vec![Anchor::parse(self.maker.root()).unwrap()]
    }

    fn is_believed(&self, anchors: &[Vec<u8>]) -> Result<Vouched, Refusal> {
        let anchors: Vec<_> = anchors.iter().map(|der| Anchor::parse(der.clone()).unwrap()).collect();
        self.finish(&Trust { anchors: Some(&anchors), ..Trust::nobody(NOW) }).map(|registered| registered.vouched())
    }
}

fn member<'a>(members: &'a mut [(&'static str, Vec<u8>)], wanted: &str) -> &'a mut (&'static str, Vec<u8>) {
    members.iter_mut().find(|(name, _)| *name == wanted).unwrap()
}

/// Of a byte string in CBOR.
fn content(item: &[u8]) -> Vec<u8> {
    let head = match item[0] & 0x1f {
        24 => 2,
        25 => 3,
        _ => 1,
    };
    item[head..].to_vec()
}

fn refusal(format: &'static str, change: Change) -> Option<Refusal> {
    refusal_with(format, ES256, change)
}

fn refusal_with(format: &'static str, algorithm: soft::Algorithm, change: Change) -> Option<Refusal> {
    let draft = draft(format, algorithm).changed(change);
    draft.finish(&Trust { anchors: Some(&draft.anchors()), ..Trust::nobody(NOW) }).err()
}
const UNIT: &str = "Authenticator Attestation";

fn later() -> String {
    "20270101000000Z".to_owned()
}

fn earlier() -> String {
    "20251231235959Z".to_owned()
}

fn subject(parts: [Option<&str>; 4]) -> Vec<u8> {
    let kinds = ["2.5.4.6", "2.5.4.10", "2.5.4.11", "2.5.4.3"];
    let stated = kinds.into_iter().zip(parts).filter_map(|(kind, text)| Some((kind, text?)));
    name(&stated.collect::<Vec<_>>())
}

/// `[1]`: what a key is for.
fn purpose(numbers: &[u32]) -> Vec<u8> {
    der::around(1, der::set(&numbers.iter().map(|number| der::integer(*number)).collect::<Vec<_>>()))
}

fn attest_with(attestation: &mut Attestation, algorithm: soft::Algorithm) {
    attestation.key = Key::from_seed(algorithm, &[95; 32]);
    attestation.certificate.key = attestation.key.spki();
    attestation.algorithm = algorithm.number();
}

fn another_key(attestation: &mut Attestation) {
    attest_with(attestation, attestation.key.algorithm());
}

/// Root, authority that allows none below it, authority, batch.
fn one_authority_more(attestation: &mut Attestation) {
    let (maker, key) = (Maker::new(1), Key::from_seed(ES256, &[94; 32]));
    let below = name(&[("2.5.4.3", "Below")]);
    let authority = maker.authority();
    let second = Certificate::authority(&authority.subject, &below, &key, None).signed_by(maker.authority_key());
    attestation.others = vec![authority.signed_by(maker.root_key()), second];
    attestation.certificate.issuer = below;
    attestation.issuer = key;
}

fn cut(bytes: &mut Vec<u8>) {
    bytes.pop().unwrap();
}

/// Each table with the formats that it is about.
const TABLES: &[(&[&str], &[&[Case]])] = &[
    (&FORMATS, &[MEMBERS, TRUST]),
    (&["packed", "fido-u2f", "android-key", "tpm"], &[SIGNATURE]),
    (&["packed", "fido-u2f", "android-key"], &[MESSAGE]),
    (&["packed", "android-key", "tpm"], &[ALGORITHM]),
    (&["packed", "apple", "android-key", "tpm"], &[PATH]),
    (&["packed", "tpm"], &[PROFILE]),
    (&["apple", "android-key"], &[KEY]),
    (&["fido-u2f", "apple", "android-key", "tpm"], &[NO_CHAIN]),
    (&["packed"], &[NO_CHAIN_IN_PACKED, PACKED]),
    (&["fido-u2f"], &[FIDO_U2F, FIDO_U2F_MESSAGE]),
    (&["apple"], &[APPLE]),
    (&["android-key"], &[ANDROID_KEY]),
    (&["tpm"], &[TPM]),
];

/// Every case with its format.
fn all() -> impl Iterator<Item = (&'static str, &'static Case)> {
    let of_formats = |formats: &'static [&'static str], cases: &'static [Case]| {
        formats.iter().flat_map(move |format| cases.iter().map(move |case| (*format, case)))
    };
    TABLES.iter().flat_map(move |(formats, tables)| tables.iter().flat_map(move |cases| of_formats(formats, cases)))
}

/// Every reason that a test here gives.
pub(crate) fn given() -> Vec<Refusal> {
    let (packed, tpm, none) = (stated("packed"), stated("tpm"), ("none", cbor::map(&[])));
    let compounds =
        compounds(&packed, &tpm, &none).into_iter().filter_map(|(statements, _)| compound(&statements).err());
    let credential_key = refusal_with("fido-u2f", soft::Algorithm::Es384, Otherwise(|_| {}));
    all()
        .filter_map(|(format, (_, change, _))| refusal(format, *change))
        .chain(compounds)
        .chain(credential_key)
        .chain([revoked()])
        .collect()
}

#[test]
fn w19_each_lie_of_a_statement_has_its_reason() {
    let mut count = 0;
    for (format, (name, change, reason)) in all() {
        assert_eq!(refusal(format, *change), Some(*reason), "{format}: {name}");
        count += 1;
    }
    assert!(count >= 300, "{count} cases");
    println!("{count} lies of makers, each with its reason");
}
