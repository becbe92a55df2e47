//! Several statements in one, and the one format of which nothing is believed.

use super::*;

/// A compound of statements, each in CBOR.
pub(super) fn compound(statements: &[(&str, Vec<u8>)]) -> Result<Vouched, Refusal> {
    let mut draft = draft("packed", ES256);
    let member = |(format, of): &(&str, Vec<u8>)| statement(&[("fmt", cbor::text(format)), ("attStmt", of.clone())]);
    "compound".clone_into(&mut draft.registration.format);
    draft.registration.statement = cbor::array(&statements.iter().map(member).collect::<Vec<_>>());
    draft.is_believed(&[draft.maker.root()])
}

/// What is stated in one of the formats about the credential that [`compound`] makes.
pub(super) fn stated(format: &'static str) -> (&'static str, Vec<u8>) {
    (format, draft(format, ES256).attestation.statement())
}

#[test]
fn all_statements_of_a_compound_must_hold() {
    let (packed, tpm, none) = (stated("packed"), stated("tpm"), ("none", cbor::map(&[])));
    assert_eq!(compound(&[packed.clone(), tpm.clone()]), Ok(Vouched::Anchor));
    assert_eq!(compound(&[none.clone(), tpm.clone(), packed.clone()]), Ok(Vouched::Anchor));
    assert_eq!(compound(&[none.clone(), none.clone()]), Ok(Vouched::Nobody));
    for (statements, reason) in compounds(&packed, &tpm, &none) {
        assert_eq!(compound(&statements), Err(reason));
    }
}

pub(super) type Statements = Vec<(&'static str, Vec<u8>)>;

pub(super) fn compounds(
    packed: &(&'static str, Vec<u8>),
    tpm: &(&'static str, Vec<u8>),
    none: &(&'static str, Vec<u8>),
) -> Vec<(Statements, Refusal)> {
    let mut broken = packed.1.clone();
    let place = broken.len() / 2;
    broken[place] ^= 1;
    let nested = ("compound", cbor::array(&[statement(&[("fmt", cbor::text("none"))])]));
    vec![
        (vec![], Refusal::Compound(Compound::Count)),
        (vec![packed.clone()], Refusal::Compound(Compound::Count)),
        (vec![none.clone(); 5], Refusal::Compound(Compound::Count)),
        (vec![packed.clone(), nested.clone()], Refusal::Compound(Compound::Nested)),
        (vec![nested, packed.clone()], Refusal::Compound(Compound::Nested)),
        (vec![packed.clone(), ("Tpm", tpm.1.clone())], reason(Reason::UnknownFormat)),
        (vec![packed.clone(), ("", tpm.1.clone())], reason(Reason::UnknownFormat)),
        (vec![packed.clone(), ("none", tpm.1.clone())], reason(Reason::NoneNotEmpty)),
        (vec![packed.clone(), ("packed", tpm.1.clone())], reason(Reason::Member)),
        (vec![packed.clone(), ("packed", cbor::array(&[]))], reason(Reason::Member)),
        (vec![packed.clone(), ("fido-u2f", packed.1.clone())], reason(Reason::Member)),
    ]
}

/// What members of a compound are made of.
#[test]
fn a_member_of_a_compound_is_a_format_and_a_statement() {
    let run = |members: &[Vec<u8>]| {
        let mut draft = draft("packed", ES256);
        "compound".clone_into(&mut draft.registration.format);
        draft.registration.statement = cbor::array(members);
        draft.finish(&Trust::nobody(NOW)).err()
    };
    let none = statement(&[("fmt", cbor::text("none")), ("attStmt", cbor::map(&[]))]);
    assert_eq!(run(&[none.clone(), none.clone()]), None);
    for other in [
        statement(&[("fmt", cbor::text("none"))]),
        statement(&[("attStmt", cbor::map(&[]))]),
        statement(&[("fmt", cbor::integer(1)), ("attStmt", cbor::map(&[]))]),
        statement(&[("fmt", cbor::text("none")), ("attStmt", cbor::map(&[])), ("x", cbor::map(&[]))]),
        cbor::text("none"),
        cbor::map(&[(cbor::integer(1), cbor::text("none"))]),
    ] {
        assert_eq!(run(&[none.clone(), other]), Some(reason(Reason::Member)));
    }
}

/// What Google once said of phones is read, and nobody vouches by it.
#[test]
fn an_answer_of_safetynet_is_no_attestation() {
    let run = |members: &[(&str, Vec<u8>)]| {
        let mut draft = draft("packed", ES256);
        "android-safetynet".clone_into(&mut draft.registration.format);
        draft.registration.statement = statement(members);
        draft.is_believed(&[draft.maker.root()])
    };
    let (version, response) = (("ver", cbor::text("14799021")), ("response", cbor::bytes(b"a.b.c")));
    assert_eq!(run(&[version.clone(), response.clone()]), Ok(Vouched::Nobody));
    for members in [
        vec![version.clone()],
        vec![response.clone()],
        vec![("ver", cbor::text("")), response.clone()],
        vec![("ver", cbor::integer(1)), response.clone()],
        vec![version.clone(), ("response", cbor::bytes(&[]))],
        vec![version.clone(), ("response", cbor::text("a.b.c"))],
        vec![version, response, ("x5c", cbor::array(&[]))],
    ] {
        assert_eq!(run(&members), Err(reason(Reason::Member)));
    }
}
