use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::base64url::Base64url;
use crate::credential::PUBLIC_KEY;
use crate::{Algorithm, Challenge, Conveyance, Descriptor, Mediation, RelyingParty, UserVerification};

/// Whose credential it will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// 1 to 64 bytes that name the account and say nothing of the person.
    pub handle: Vec<u8>,
    pub name: String,
    pub display_name: String,
}

#[derive(Clone, Debug)]
pub struct Ask {
    pub challenge: Challenge,
    pub user: User,
    /// Credentials the account has already. An authenticator that holds one of them makes no other.
    pub exclude: Vec<Descriptor>,
    pub timeout_ms: u32,
    pub mediation: Mediation,
    pub attestation: Conveyance,
    /// How the credential may sign: of these an authenticator takes the first that it can do.
    pub algorithms: Vec<Algorithm>,
}

/// What the browser is handed: `PublicKeyCredentialCreationOptionsJSON`.
// SPEC: WebAuthn-3 §5.1.8, §5.4
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Options {
    rp: Rp,
    user: UserEntity,
    challenge: Challenge,
    pub_key_cred_params: Vec<Parameter>,
    timeout: u32,
    exclude_credentials: Vec<Descriptor>,
    authenticator_selection: Selection,
    attestation: Conveyance,
    extensions: Extensions,
}

#[derive(Debug, Serialize)]
struct Rp {
    id: String,
    name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserEntity {
    id: Base64url,
    name: String,
    display_name: String,
}

#[derive(Debug)]
struct Parameter(Algorithm);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Selection {
    resident_key: &'static str,
    /// What `residentKey` was called before; older browsers read nothing else.
    require_resident_key: bool,
    user_verification: UserVerification,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    cred_props: bool,
}

/// What must be remembered until the answer comes. The app seals it; nobody outside reads or changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    #[serde(rename = "c")]
    pub(crate) challenge: Challenge,
    #[serde(rename = "a")]
    pub(crate) algorithms: Vec<Algorithm>,
    #[serde(rename = "v")]
    pub(crate) user_verification: UserVerification,
    #[serde(rename = "m")]
    pub(crate) mediation: Mediation,
}

/// The options for the browser, and what to keep until [`super::finish`].
pub fn begin(rp: &RelyingParty, ask: Ask) -> (Options, Pending) {
    let user_verification = match ask.mediation {
        Mediation::Modal => UserVerification::Required,
        // SPEC: WebAuthn-3 §5.1.3: nobody is asked for a finger here, so nobody can be required to give one. The
        // receipt says that the person was not verified.
        Mediation::Conditional => UserVerification::Preferred,
    };
    let options = Options {
        rp: Rp { id: rp.id.as_str().to_owned(), name: rp.name.clone() },
        user: UserEntity { id: Base64url(ask.user.handle), name: ask.user.name, display_name: ask.user.display_name },
        challenge: ask.challenge.clone(),
        pub_key_cred_params: ask.algorithms.iter().copied().map(Parameter).collect(),
        timeout: ask.timeout_ms,
        exclude_credentials: ask.exclude,
        authenticator_selection: Selection {
            resident_key: "preferred",
            require_resident_key: false,
            user_verification,
        },
        attestation: ask.attestation,
        extensions: Extensions { cred_props: true },
    };
    let pending =
        Pending { challenge: ask.challenge, algorithms: ask.algorithms, user_verification, mediation: ask.mediation };
    (options, pending)
}

impl Serialize for Parameter {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut object = to.serialize_struct("Parameter", 2)?;
        object.serialize_field("type", PUBLIC_KEY)?;
        object.serialize_field("alg", &self.0)?;
        object.end()
    }
}
