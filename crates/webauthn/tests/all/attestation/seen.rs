//! Certificates that were seen before: less is verified, and nothing else changes.

use webauthn::{SeenSignatures, Unbelieved};

use super::*;

/// A device of the first maker, and the chain of its batch: the same certificates to the byte, whichever device.
fn device(number: u8, chain: &[Vec<u8>]) -> Draft {
    draft_of("packed", ES256, number).with_chain(chain)
}

fn leaf() -> Vec<u8> {
    let attestation = draft("packed", ES256).attestation;
    attestation.certificate.signed_by(&attestation.issuer)
}

fn authority(change: fn(&mut Certificate)) -> Vec<u8> {
    let mut authority = Maker::new(1).authority();
    change(&mut authority);
    authority.signed_by(Maker::new(1).root_key())
}

fn root(maker: u8) -> Vec<Anchor> {
    vec![Anchor::parse(Maker::new(maker).root()).unwrap()]
}

fn vouched(draft: &Draft, trust: &Trust<'_>) -> Result<Vouched, Refusal> {
    draft.finish(trust).map(|registered| registered.vouched())
}

/// A memory in which all of this chain is, once a device has registered with it at this time.
fn warm(chain: &[Vec<u8>], at: Timestamp) -> SeenSignatures {
    let seen = SeenSignatures::default();
    let trust = Trust { anchors: Some(&root(1)), seen: Some(&seen), ..Trust::nobody(at) };
    assert_eq!(vouched(&device(1, chain), &trust), Ok(Vouched::Anchor));
    assert_eq!((seen.remembered(), seen.spared()), (chain.len(), 0));
    seen
}

#[test]
fn a_batch_is_verified_with_its_first_device() {
    let chain = [leaf(), authority(|_| {})];
    let (seen, anchors) = (warm(&chain, NOW), root(1));
    let trust = Trust { anchors: Some(&anchors), seen: Some(&seen), ..Trust::nobody(NOW) };
    for number in 2..=4 {
        assert_eq!(vouched(&device(number, &chain), &trust), Ok(Vouched::Anchor));
        assert_eq!((seen.remembered(), seen.spared()), (2, 2 * u64::from(number - 1)));
    }
    // Another batch of the same authority: its own certificate is new, and the other is not.
    assert_eq!(vouched(&device(5, &[leaf(), chain[1].clone()]), &trust), Ok(Vouched::Anchor));
    assert_eq!((seen.remembered(), seen.spared()), (3, 7));
    // Whoever hands in no memory has everything verified.
    assert_eq!(vouched(&device(6, &chain), &Trust { seen: None, ..trust }), Ok(Vouched::Anchor));
    assert_eq!((seen.remembered(), seen.spared()), (3, 7));
}

#[test]
fn a_device_signs_for_itself_however_well_its_batch_is_known() {
    let chain = [leaf(), authority(|_| {})];
    let (seen, anchors) = (warm(&chain, NOW), root(1));
    let trust = Trust { anchors: Some(&anchors), seen: Some(&seen), ..Trust::nobody(NOW) };
    let mut other = draft_of("packed", ES256, 2);
    other.attestation.key = Key::from_seed(ES256, &[95; 32]);
    assert_eq!(vouched(&other.with_chain(&chain), &trust), Err(reason(Reason::Signature)));
}

#[test]
fn w19_what_was_seen_is_judged_anew_by_time() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let short = authority(|authority| authority.not_after = "20270101000000Z".to_owned());
    for (chain, end, refused) in [
        ([leaf(), authority(|_| {})], "2100-01-01T00:00:00Z", Profile::Time),
        ([leaf(), authority(|_| {})], "2019-12-31T23:59:59Z", Profile::Time),
        ([leaf(), short], "2027-01-01T00:00:01Z", Profile::Chain),
    ] {
        let (seen, anchors) = (warm(&chain, NOW), root(1));
        let trust = Trust { anchors: Some(&anchors), seen: Some(&seen), ..Trust::nobody(at(end)) };
        assert_eq!(vouched(&device(2, &chain), &trust), Err(profile(refused)), "{end}");
        assert_eq!(vouched(&device(2, &chain), &Trust { at: NOW, ..trust }), Ok(Vouched::Anchor));
    }
}

#[test]
fn w19_what_was_seen_and_is_taken_back_since_vouches_for_nothing() {
    let chain = [leaf(), authority(|_| {})];
    let (seen, maker) = (warm(&chain, NOW), Maker::new(1));
    let (issuer, anchors) = (Anchor::parse(chain[1].clone()).unwrap(), root(1));
    let serial = draft("packed", ES256).attestation.certificate.serial;
    let of_leaf = revocation_list(&maker.authority().subject, maker.authority_key(), &[serial], &[]);
    let serial = maker.authority().serial;
    let of_authority = revocation_list(&maker.root_certificate().subject, maker.root_key(), &[serial], &[]);
    for (list, issuer, refused) in [(of_leaf, &issuer, Profile::Revoked), (of_authority, &anchors[0], Profile::Chain)] {
        let revoked = [RevocationList::parse(&list, issuer).unwrap()];
        let trust = Trust { anchors: Some(&anchors), revoked: &revoked, seen: Some(&seen), ..Trust::nobody(NOW) };
        assert_eq!(vouched(&device(2, &chain), &trust), Err(profile(refused)));
    }
}

#[test]
fn w19_what_was_seen_leads_nowhere_when_its_root_is_believed_no_more() {
    let chain = [leaf(), authority(|_| {})];
    let seen = warm(&chain, NOW);
    let mut renewed = Maker::new(1).root_certificate();
    let key = Key::from_seed(ES256, &[97; 32]);
    renewed.key = key.spki();
    let renewed = vec![Anchor::parse(renewed.signed_by(&key)).unwrap()];
    for (name, anchors) in [("none", vec![]), ("another maker's", root(2)), ("of its name, another key", renewed)] {
        let trust = Trust { anchors: Some(&anchors), seen: Some(&seen), ..Trust::nobody(NOW) };
        assert_eq!(vouched(&device(2, &chain), &trust), Err(profile(Profile::Chain)), "{name}");
    }
    assert_eq!(seen.remembered(), 2);
}

/// A bit in each byte of both certificates: the verdict is that of somebody who remembers nothing.
#[test]
fn w19_what_was_seen_with_one_bit_changed_was_not_seen() {
    let chain = [leaf(), authority(|_| {})];
    let (seen, anchors) = (warm(&chain, NOW), root(1));
    let trust = Trust { anchors: Some(&anchors), seen: Some(&seen), ..Trust::nobody(NOW) };
    let (mut refused, mut taken) = (0, 0);
    for place in 0..2 {
        for byte in 0..chain[place].len() {
            let mut changed = chain.clone();
            changed[place][byte] ^= 1 << (byte % 8);
            let device = device(2, &changed);
            let verdict = vouched(&device, &trust);
            assert_eq!(verdict, vouched(&device, &Trust { seen: None, ..trust }), "certificate {place}, byte {byte}");
            if verdict.is_err() { refused += 1 } else { taken += 1 }
        }
    }
    // How many bits of a signature are unused, nobody asks.
    assert_eq!(taken, 2, "of {}", refused + taken);
}

#[test]
fn w19_what_one_authority_signed_another_of_its_name_did_not() {
    let chain = [leaf(), authority(|_| {})];
    let renewed = authority(|authority| authority.key = Key::from_seed(ES256, &[92; 32]).spki());
    let (seen, anchors) = (warm(&chain, NOW), root(1));
    let trust = Trust { anchors: Some(&anchors), seen: Some(&seen), ..Trust::nobody(NOW) };
    let [leaf, authority] = chain;
    let with = |others: &[&Vec<u8>]| {
        let chain: Vec<_> = [&leaf].into_iter().chain(others.iter().copied()).cloned().collect();
        vouched(&device(2, &chain), &trust)
    };
    assert_eq!(with(&[&renewed]), Err(profile(Profile::Chain)));
    assert_eq!(with(&[&renewed, &authority]), Ok(Vouched::Anchor));
    assert_eq!(with(&[&renewed]), Err(profile(Profile::Chain)));
    // It says that it is none, by the same key and the same root.
    let none = self::authority(|authority| authority.remove(BASIC_CONSTRAINTS));
    assert_eq!(with(&[&none]), Err(profile(Profile::Chain)));
}

#[test]
fn w19_i18_chains_that_anybody_makes_are_not_remembered() {
    let seen = SeenSignatures::default();
    let anchors = root(2);
    let trust = Trust { anchors: Some(&anchors), seen: Some(&seen), ..Trust::nobody(NOW) };
    let noted = Trust { unbelieved: Unbelieved::Noted, ..trust };
    let chain = || [leaf(), authority(|_| {})];
    assert_eq!(vouched(&device(1, &chain()), &trust), Err(profile(Profile::Chain)));
    for _ in 0..100 {
        assert_eq!(vouched(&device(1, &chain()), &noted), Ok(Vouched::Somebody));
    }
    // Where nobody is asked for, nothing is followed.
    assert_eq!(vouched(&device(1, &chain()), &Trust { anchors: None, ..trust }), Ok(Vouched::Somebody));
    assert_eq!((seen.remembered(), seen.spared()), (0, 0));

    // A way that ended beside the one that led somewhere: the batch, an authority of another root, and that root.
    let (key, nowhere) = (Key::from_seed(ES256, &[96; 32]), name(&[("2.5.4.3", "Nowhere")]));
    let root_of_nowhere = Certificate::authority(&name(&[]), &nowhere, &key, None).signed_by(&key);
    let mut twin = Maker::new(1).authority();
    twin.issuer = nowhere;
    let [leaf, authority] = chain();
    let chain = [leaf, twin.signed_by(&key), root_of_nowhere, authority];
    let anchors = root(1);
    let trust = Trust { anchors: Some(&anchors), ..trust };
    assert_eq!(vouched(&device(1, &chain), &trust), Ok(Vouched::Anchor));
    assert_eq!((seen.remembered(), seen.spared()), (2, 0));
}

/// A thicket that was walked, and all whose ways are known by now, is walked no further than before.
#[test]
fn i18_what_was_seen_counts_among_what_is_looked_at() {
    let (maker, key, ring) = (Maker::new(1), Key::from_seed(ES256, &[91; 32]), name(&[("2.5.4.3", "Ring")]));
    let mut draft = draft("packed", ES256);
    draft.attestation.certificate.issuer = ring.clone();
    let leaf = draft.attestation.certificate.signed_by(&key);
    let one = |serial: u8, issuer: &[u8], by: &Key| {
        let mut one = Certificate::authority(issuer, &ring, &key, None);
        one.serial = vec![1, serial];
        one.signed_by(by)
    };
    let thicket: Vec<_> = (0..9).map(|serial| one(serial, &ring, &key)).collect();
    let way_out = one(9, &maker.root_certificate().subject, maker.root_key());
    let (seen, anchors) = (SeenSignatures::default(), root(1));
    let trust = Trust { anchors: Some(&anchors), seen: Some(&seen), ..Trust::nobody(NOW) };
    for certificate in &thicket {
        let device = device(1, &[leaf.clone(), certificate.clone(), way_out.clone()]);
        assert_eq!(vouched(&device, &trust), Ok(Vouched::Anchor));
    }
    let (remembered, spared) = (seen.remembered(), seen.spared());
    assert_eq!(remembered, 11, "the batch, the thicket, and the way out");
    let lost = device(2, &[vec![leaf], thicket].concat());
    assert_eq!(vouched(&lost, &trust), Err(profile(Profile::Chain)));
    assert_eq!((seen.remembered(), seen.spared()), (remembered, spared + 24));
}
