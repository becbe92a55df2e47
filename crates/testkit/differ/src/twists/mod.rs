//! What may be otherwise about a ceremony: what does not matter, and what makes a lie of it.

mod attestation;
mod authenticator_data;
mod client_data;
mod key;
mod record;
mod signature;

use crate::change::Change;
use crate::subject::Subject;

/// A name for ids, and what is done.
pub(crate) type Twist = (&'static str, Change);

/// Twists of one kind, and the ceremonies that can have them.
struct Table {
    of: fn(&Subject) -> bool,
    twists: &'static [Twist],
}

const fn table(of: fn(&Subject) -> bool, twists: &'static [Twist]) -> Table {
    Table { of, twists }
}

const HONEST: &[Twist] = &[
    ("honest", Change::Nothing),
    ("honest", Change::Nothing),
    ("honest", Change::Nothing),
    ("honest", Change::Nothing),
    ("honest", Change::Nothing),
    ("honest", Change::Nothing),
];

const RIGHT: &[Table] = &[
    table(|_| true, HONEST),
    table(|_| true, client_data::HARMLESS),
    table(|_| true, authenticator_data::HARMLESS),
    table(Subject::registers, record::HARMLESS_AT_REGISTRATION),
    table(Subject::registers, authenticator_data::HARMLESS_AT_REGISTRATION),
    table(Subject::signs_in, record::HARMLESS_AT_SIGN_IN),
    table(Subject::signs_in, authenticator_data::HARMLESS_AT_SIGN_IN),
    table(Subject::is_chained, attestation::HARMLESS),
    table(|of| of.is_in(&["packed"]), attestation::MAKERS_ALGORITHMS),
    table(|of| of.is_in(&["tpm"]), attestation::HARMLESS_OF_TPMS),
    table(|of| of.is_in(&["android-key"]), attestation::HARMLESS_OF_ANDROID),
    table(|of| of.is_chained() && !of.is_in(&["fido-u2f"]), attestation::HARMLESS_PATHS),
    table(|of| of.signs_in() && of.algorithm == authenticator::Algorithm::Es256, signature::HARMLESS_OF_P256),
];

const LIES: &[Table] = &[
    table(|_| true, client_data::LIES),
    table(|_| true, client_data::ORIGINS),
    table(|_| true, client_data::FRAMES),
    table(|_| true, authenticator_data::LIES),
    table(|of| !of.is_in(&["fido-u2f"]), authenticator_data::FORM),
    table(|_| true, record::LIES),
    table(Subject::registers, record::LIES_AT_REGISTRATION),
    table(Subject::registers, record::ENVELOPE),
    table(|of| of.is_in(&["none", "packed"]), record::LIES_ABOUT_IDS),
    table(|of| of.is_in(&["none"]), record::STATEMENTS_OF_NOTHING),
    table(Subject::signs_in, record::LIES_AT_SIGN_IN),
    table(|of| of.is_in(&["none", "packed"]), key::LIES),
    table(|of| of.is_in(&["none", "packed"]) && of.is_on_a_curve_of_nist(), key::OF_CURVES),
    table(|of| of.is_in(&["none", "packed"]) && of.is_rsa(), key::OF_RSA),
    table(|of| of.is_in(&["none", "packed"]) && of.is_ml_dsa(), key::OF_ML_DSA),
    table(|of| of.is_in(&["none", "packed"]) && of.algorithm == authenticator::Algorithm::EdDsa, key::OF_ED25519),
    table(Subject::signs_in, signature::LIES),
    table(|of| of.signs_in() && of.is_on_a_curve_of_nist(), signature::OF_ECDSA),
    table(|of| of.signs_in() && of.is_rsa(), signature::OF_RSA),
    table(|of| of.signs_in() && of.algorithm == authenticator::Algorithm::EdDsa, signature::OF_ED25519),
    table(|of| of.is_in(&["packed-self", "packed", "fido-u2f", "android-key", "tpm"]), attestation::SIGNATURES),
    table(|of| of.is_in(&["packed-self", "packed", "fido-u2f", "android-key"]), attestation::MESSAGES),
    table(|of| of.is_in(&["packed-self", "packed", "android-key", "tpm"]), attestation::ALGORITHMS),
    table(|of| of.is_in(&["packed", "fido-u2f", "apple", "android-key", "tpm"]), attestation::CERTIFICATES),
    table(Subject::is_chained, attestation::TRUST),
    table(|of| of.is_chained() && !of.is_in(&["fido-u2f"]), attestation::PATHS),
    table(|of| of.has_roots && of.is_in(&["packed", "apple", "tpm"]), attestation::BITS),
    table(|of| of.is_in(&["packed", "tpm"]), attestation::PROFILES),
    table(|of| of.is_in(&["packed"]), attestation::OF_PACKED),
    table(|of| of.is_in(&["fido-u2f"]), attestation::OF_U2F),
    table(|of| of.is_in(&["apple", "android-key"]), attestation::CREDENTIAL_KEYS),
    table(|of| of.is_in(&["apple"]), attestation::OF_APPLE),
    table(|of| of.is_in(&["android-key"]), attestation::OF_ANDROID),
    table(|of| of.is_in(&["tpm"]), attestation::OF_TPMS),
    table(|of| of.is_in(&["compound"]), attestation::COMPOUNDS),
];

/// They take turns. With what a ceremony must be to have it.
pub(crate) fn turn(number: usize, is_right: bool) -> (fn(&Subject) -> bool, Twist) {
    let tables = if is_right { RIGHT } else { LIES };
    let all = tables.iter().flat_map(|table| table.twists.iter().map(|twist| (table.of, *twist)));
    all.clone().cycle().nth(number % all.count()).expect("a twist")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_name_stands_for_one_thing() {
        let all = RIGHT.iter().skip(1).chain(LIES).flat_map(|table| table.twists);
        let mut names = HashSet::new();
        for (name, _) in all {
            assert!(names.insert(name), "{name}");
            assert!(name.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-'), "{name}");
        }
    }
}
