//! What an authority took back.

use super::*;

fn revocations(draft: &Draft, serials: &[Vec<u8>], extensions: &[Extension]) -> Vec<u8> {
    revocation_list(&draft.maker.authority().subject, draft.maker.authority_key(), serials, extensions)
}

/// The verdict where the authority of the maker published this list.
fn with_revocations(draft: &Draft, list: &[u8]) -> Result<Vouched, Refusal> {
    let authority = Anchor::parse(draft.maker.authority().signed_by(draft.maker.root_key())).unwrap();
    let revoked = [RevocationList::parse(list, &authority).unwrap()];
    let trust = Trust { anchors: Some(&draft.anchors()), revoked: &revoked, ..Trust::nobody(NOW) };
    draft.finish(&trust).map(|registered| registered.vouched())
}

/// Of the maker of [`draft`], whose authority took back the certificate of the batch.
pub(super) fn revoked() -> Refusal {
    let draft = draft("packed", ES256).changed(Otherwise(|_| {}));
    let list = revocations(&draft, &[vec![1], draft.attestation.certificate.serial.clone()], &[]);
    with_revocations(&draft, &list).unwrap_err()
}

#[test]
fn w19_what_an_authority_took_back_vouches_for_nothing() {
    assert_eq!(revoked(), profile(Profile::Revoked));
    let draft = draft("packed", ES256).changed(Otherwise(|_| {}));
    assert_eq!(with_revocations(&draft, &revocations(&draft, &[vec![1]], &[])), Ok(Vouched::Anchor));
    assert_eq!(with_revocations(&draft, &revocations(&draft, &[], &[])), Ok(Vouched::Anchor));

    let root = Anchor::parse(draft.maker.root()).unwrap();
    let subject = draft.maker.root_certificate().subject;
    let of_root = revocation_list(&subject, draft.maker.root_key(), &[draft.maker.authority().serial], &[]);
    let revoked = [RevocationList::parse(&of_root, &root).unwrap()];
    let trust = Trust { anchors: Some(&draft.anchors()), revoked: &revoked, ..Trust::nobody(NOW) };
    assert_eq!(draft.finish(&trust).err(), Some(profile(Profile::Chain)), "the authority itself was taken back");
    assert!(!revoked[0].is_stale(NOW));
    assert!(revoked[0].is_stale("2027-06-01T00:00:01Z".parse().unwrap()));
}

#[test]
fn w19_a_list_of_revocations_is_its_issuers_and_whole_or_not_believed() {
    let draft = draft("packed", ES256);
    let (root, list) = (Anchor::parse(draft.maker.root()).unwrap(), revocations(&draft, &[vec![1]], &[]));
    let authority = Anchor::parse(draft.maker.authority().signed_by(draft.maker.root_key())).unwrap();
    let parse = |list: &[u8], issuer| RevocationList::parse(list, issuer).err();
    assert_eq!(parse(&list, &root), Some(BadRevocationList::NotTheIssuers));
    for place in [10, list.len() - 1] {
        let mut forged = list.clone();
        forged[place] ^= 1;
        assert!(parse(&forged, &authority).is_some(), "byte {place}");
    }
    let of_another_name = revocation_list(&name(&[("2.5.4.3", "Authority")]), draft.maker.authority_key(), &[], &[]);
    assert_eq!(parse(&of_another_name, &authority), Some(BadRevocationList::NotTheIssuers));
    let delta = Extension { oid: "2.5.29.27".to_owned(), is_critical: true, value: der::integer(1) };
    let number = Extension { oid: "2.5.29.20".to_owned(), is_critical: false, value: der::integer(1) };
    assert_eq!(parse(&revocations(&draft, &[vec![1]], &[number]), &authority), None);
    assert_eq!(parse(&revocations(&draft, &[vec![1]], &[delta]), &authority), Some(BadRevocationList::Unreadable));
    for other in [vec![], vec![0x30, 0], list[..list.len() - 1].to_vec(), [list, vec![0]].concat()] {
        assert_eq!(parse(&other, &authority), Some(BadRevocationList::Unreadable));
    }
}
