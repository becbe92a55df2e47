//! `android-key`: a certificate that Android makes for the new credential's own key, and which describes it.
// SPEC: WebAuthn-3 §8.4

use super::statement::Members;
use super::{Subject, Trust, Vouched, check_key, check_signature};
use crate::refusal::{AndroidKey, Attestation as Reason, Refusal};
use crate::x509::der::{self, Malformed, Reader, Tag};
use crate::x509::oid;

pub(super) fn verify(statement: &[u8], subject: &Subject<'_>, trust: &Trust<'_>) -> Result<Vouched, Refusal> {
    let mut members = Members::read(statement, &["alg", "sig", "x5c"])?;
    let (algorithm, signature) = (members.algorithm()?, members.signature()?);
    let chain = members.chain().ok_or(Reason::Member)?;
    check_signature(&chain.leaf, algorithm, signature, &subject.signed())?;
    check_key(&chain.leaf, subject)?;
    let extension = chain.leaf.extension(oid::ANDROID_KEY_DESCRIPTION).ok_or(AndroidKey::Description)?;
    let description = KeyDescription::parse(extension.value).map_err(|_| AndroidKey::Description)?;
    description.check(subject.client_data_hash, trust.demands_android_hardware)?;
    let vouched = trust.follow(&chain)?;
    // What software says of its own keys, anybody's software can say.
    Ok(if description.is_held_to_by_hardware() { vouched } else { vouched.min(Vouched::Somebody) })
}

/// What the extension says, as far as it is asked.
// SPEC: WebAuthn-3 §8.4.1, and Android's schema of the extension.
pub(crate) struct KeyDescription<'a> {
    challenge: &'a [u8],
    /// Of the attestation, and of what keeps the key.
    levels: [u32; 2],
    by_software: Authorizations,
    by_hardware: Authorizations,
}

/// What holds for a key, as one of the two lists has it.
struct Authorizations {
    is_for_all_applications: bool,
    origin: Option<u32>,
    /// Whether signing is among the purposes.
    is_for_signing: bool,
}

const PURPOSE: Tag = Tag::around(1);
const ALL_APPLICATIONS: Tag = Tag::around(600);
const ORIGIN: Tag = Tag::around(702);
/// `KM_ORIGIN_GENERATED`: the key was made there.
const GENERATED: u32 = 0;
/// `KM_SECURITY_LEVEL_TRUSTED_ENVIRONMENT`; above it is a chip of its own, below it software.
const TRUSTED_ENVIRONMENT: u32 = 1;
/// `KM_PURPOSE_SIGN`
const SIGN: u32 = 2;

impl<'a> KeyDescription<'a> {
    pub(crate) fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        let mut outside = Reader::new(value);
        let mut from = outside.inside(Tag::SEQUENCE)?;
        outside.end()?;
        // Version and security level of the attestation, and then of what keeps the key.
        let mut level = || {
            from.content(Tag::INTEGER)?;
            der::small(from.content(Tag::ENUMERATED)?)
        };
        let levels = [level()?, level()?];
        let challenge = from.content(Tag::OCTET_STRING)?;
        // An id of the device, for its own system.
        from.content(Tag::OCTET_STRING)?;
        let by_software = Authorizations::read(from.inside(Tag::SEQUENCE)?)?;
        let by_hardware = Authorizations::read(from.inside(Tag::SEQUENCE)?)?;
        from.end()?;
        Ok(Self { challenge, levels, by_software, by_hardware })
    }

    /// Whether the lists of hardware alone say what must be said, and hardware says it.
    fn is_held_to_by_hardware(&self) -> bool {
        let is_in_hardware = self.levels.iter().all(|level| *level >= TRUSTED_ENVIRONMENT);
        is_in_hardware && self.by_hardware.origin == Some(GENERATED) && self.by_hardware.is_for_signing
    }

    /// To the letter: what must be GENERATED and SIGN must be there to be so. (The W3C's own vector leaves both out, and is
    /// refused.)
    fn check(&self, client_data_hash: &[u8], demands_hardware: bool) -> Result<(), AndroidKey> {
        if self.challenge != client_data_hash {
            return Err(AndroidKey::Challenge);
        }
        if self.by_software.is_for_all_applications || self.by_hardware.is_for_all_applications {
            return Err(AndroidKey::AllApplications);
        }
        let by_software = (!demands_hardware).then_some(&self.by_software);
        let lists = || by_software.into_iter().chain([&self.by_hardware]);
        let mut origins = lists().filter_map(|list| list.origin).peekable();
        if origins.peek().is_none() || !origins.all(|origin| origin == GENERATED) {
            return Err(AndroidKey::Origin);
        }
        if !lists().any(|list| list.is_for_signing) {
            return Err(AndroidKey::Purpose);
        }
        Ok(())
    }
}

impl Authorizations {
    fn read(mut from: Reader<'_>) -> Result<Self, Malformed> {
        let mut read = Self { is_for_all_applications: false, origin: None, is_for_signing: false };
        let mut last = None;
        while !from.is_empty() {
            let (tag, value) = from.next()?;
            // A SEQUENCE: in the order of their tags, and each once.
            if last.replace(tag) >= Some(tag) {
                return Err(Malformed);
            }
            match tag {
                PURPOSE => read.is_for_signing = names_signing(value)?,
                ALL_APPLICATIONS => read.is_for_all_applications = true,
                ORIGIN => read.origin = Some(Reader::new(value).small_integer()?),
                _ => {}
            }
        }
        Ok(read)
    }
}

fn names_signing(purposes: &[u8]) -> Result<bool, Malformed> {
    let (mut from, mut is_for_signing) = (Reader::new(purposes).inside(Tag::SET)?, false);
    while !from.is_empty() {
        is_for_signing |= der::small(from.content(Tag::INTEGER)?)? == SIGN;
    }
    Ok(is_for_signing)
}
