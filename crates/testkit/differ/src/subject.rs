use authenticator::Algorithm::{self, EdDsa, Es256, Es384, Es512, MlDsa44, MlDsa65, MlDsa87, Ps256, Ps384, Ps512};
use authenticator::Algorithm::{Rs256, Rs384, Rs512};

use crate::draw::Draw;

/// What a case is about, before anything about it is otherwise.
pub(crate) struct Subject {
    /// In which a new credential is attested; `None`: a credential signs in.
    pub(crate) format: Option<&'static str>,
    pub(crate) algorithm: Algorithm,
    /// Whether somebody is believed, so that statements are followed to them.
    pub(crate) has_roots: bool,
}

pub(crate) const FORMATS: [&str; 8] =
    ["none", "packed-self", "packed", "fido-u2f", "apple", "android-key", "tpm", "compound"];

/// Those that others know are drawn more often: about the rest they can only disagree.
const ALGORITHMS: [Algorithm; 27] = [
    Es256, Es256, Es256, Es256, Es256, Es256, Es256, Es256, Rs256, Rs256, Rs256, Rs256, Es384, Es384, Es384, EdDsa,
    EdDsa, EdDsa, Es512, Ps256, Ps384, Ps512, Rs384, Rs512, MlDsa44, MlDsa65, MlDsa87,
];

impl Subject {
    pub(crate) fn draw(draw: &mut Draw) -> Subject {
        let format = (!draw.in_percent(40)).then(|| *draw.one_of(&FORMATS));
        let algorithm = match (format, *draw.one_of(&ALGORITHMS)) {
            (Some("fido-u2f"), _) => Es256,
            (Some("tpm"), algorithm) if !is_for_tpms(algorithm) => Es256,
            (_, algorithm) => algorithm,
        };
        Subject { format, algorithm, has_roots: format.is_some() && draw.in_percent(60) }
    }

    /// `registration/packed/es384/roots` or `assertion/es384`
    pub(crate) fn path(&self) -> String {
        let algorithm = format!("{:?}", self.algorithm).to_lowercase();
        let roots = if self.has_roots { "roots" } else { "no-roots" };
        self.format
            .map_or(format!("assertion/{algorithm}"), |format| format!("registration/{format}/{algorithm}/{roots}"))
    }

    pub(crate) fn registers(&self) -> bool {
        self.format.is_some()
    }

    pub(crate) fn signs_in(&self) -> bool {
        self.format.is_none()
    }

    pub(crate) fn is_in(&self, formats: &[&str]) -> bool {
        self.format.is_some_and(|format| formats.contains(&format))
    }

    /// With a certificate that leads to somebody who is believed.
    pub(crate) fn is_chained(&self) -> bool {
        self.has_roots && self.is_in(&["packed", "fido-u2f", "apple", "android-key", "tpm"])
    }

    pub(crate) fn is_on_a_curve_of_nist(&self) -> bool {
        Algorithm::ECDSA.contains(&self.algorithm)
    }

    pub(crate) fn is_rsa(&self) -> bool {
        Algorithm::RSA.contains(&self.algorithm)
    }

    pub(crate) fn is_ml_dsa(&self) -> bool {
        Algorithm::ML_DSA.contains(&self.algorithm)
    }
}

pub(crate) fn is_for_tpms(algorithm: Algorithm) -> bool {
    Algorithm::ECDSA.contains(&algorithm) || Algorithm::RSA.contains(&algorithm)
}
