//! A case in the library's own terms.

use std::time::{Duration, SystemTime};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use url::Url;
use webauthn_rs_core::{
    WebauthnCore,
    attestation::verify_attestation_ca_chain,
    error::WebauthnError,
    proto::{
        AttestationCa, AttestationCaList, AuthenticationState, COSEAlgorithm, COSEKey, Credential, CredentialV3,
        PublicKeyCredential, RegisterPublicKeyCredential, RegistrationState, UserVerificationPolicy,
    },
};

use crate::{
    case::{Case, Kind, Stored},
    verdict::Verdict,
};

pub struct Ceremony {
    core: WebauthnCore,
    answer: Answer,
}

enum Answer {
    Registration { answer: RegisterPublicKeyCredential, state: RegistrationState, trust: Option<Trust> },
    Assertion { answer: PublicKeyCredential, state: AuthenticationState },
}

struct Trust {
    roots: AttestationCaList,
    now: SystemTime,
}

impl Ceremony {
    pub fn prepare(case: &Case) -> Result<Self, Verdict> {
        let origins = case.origins.iter().map(|origin| Url::parse(origin)).collect::<Result<_, _>>();
        let origins = origins.map_err(cannot_say("an origin that is no URL"))?;
        let timeout = Duration::from_mins(1);
        let core = WebauthnCore::new_unsafe_experts_only("Signet", &case.rp_id, origins, timeout, None, None);
        let answer = match case.kind {
            Kind::Registration => registration(case, &core)?,
            Kind::Assertion => assertion(case, &core)?,
        };
        Ok(Self { core, answer })
    }

    pub fn verify(&self) -> Result<(), WebauthnError> {
        match &self.answer {
            Answer::Registration { answer, state, trust } => {
                // Given the roots, this call would build the chain at today's date: the chain has a call of its own.
                let credential = self.core.register_credential(answer, state, None)?;
                let Some(Trust { roots, now }) = trust else { return Ok(()) };
                verify_attestation_ca_chain(&credential.attestation.data, roots, *now)?
                    .map(drop)
                    .ok_or(WebauthnError::AttestationNotVerifiable)
            }
            Answer::Assertion { answer, state } => self.core.authenticate_credential(answer, state).map(drop),
        }
    }
}

fn registration(case: &Case, core: &WebauthnCore) -> Result<Answer, Verdict> {
    let algorithms = match &case.allowed_algs {
        Some(numbers) => numbers.iter().filter_map(|&number| COSEAlgorithm::try_from(number).ok()).collect(),
        None => COSEAlgorithm::all_possible_algs(),
    };
    let builder = core
        .new_challenge_register_builder(b"user", "user", "user")?
        .user_verification_policy(user_verification(case))
        .credential_algorithms(algorithms);
    let (_, state) = core.generate_challenge_register(builder)?;
    Ok(Answer::Registration {
        answer: answer(case)?,
        state: with_challenge(&state, &case.challenge)?,
        trust: case.trust_roots.as_deref().map(|roots| trust(roots, case.verify_time)).transpose()?,
    })
}

#[expect(clippy::disallowed_methods, reason = "a case without a time of its own is verified today")]
fn trust(roots: &[String], verify_time: Option<u64>) -> Result<Trust, Verdict> {
    let mut list = AttestationCaList::default();
    for root in roots {
        let saved = json!({ "ca": root, "aaguids": {}, "blanket_allow": true });
        let root: AttestationCa = serde_json::from_value(saved).map_err(cannot_say("a root it cannot read"))?;
        list.insert(root).map_err(cannot_say("a root it cannot read"))?;
    }
    let now = verify_time.map_or_else(SystemTime::now, |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    Ok(Trust { roots: list, now })
}

fn assertion(case: &Case, core: &WebauthnCore) -> Result<Answer, Verdict> {
    let stored = case.stored.as_ref().ok_or_else(|| Verdict::Unsupported("bad case: no stored credential".into()))?;
    let policy = user_verification(case);
    let allowed = case.allow_credentials.as_deref().unwrap_or_default();
    let listed = allowed.is_empty() || allowed.contains(&stored.credential_id);
    let credentials = if listed { vec![credential(stored, policy)?] } else { Vec::new() };
    let builder = core.new_challenge_authenticate_builder(credentials, Some(policy))?;
    let (_, state) = core.generate_challenge_authenticate(builder)?;
    Ok(Answer::Assertion { answer: answer(case)?, state: with_challenge(&state, &case.challenge)? })
}

fn credential(stored: &Stored, policy: UserVerificationPolicy) -> Result<Credential, Verdict> {
    let key = serde_cbor_2::from_slice::<serde_cbor_2::Value>(&decoded(&stored.public_key)?);
    let older = CredentialV3 {
        cred_id: decoded(&stored.credential_id)?,
        cred: key.map_err(WebauthnError::from).and_then(|key| COSEKey::try_from(&key))?,
        counter: stored.sign_count,
        verified: false,
        registration_policy: policy,
    };
    Ok(Credential {
        backup_eligible: stored.backup_eligible,
        backup_state: stored.backup_state,
        ..Credential::from(older)
    })
}

fn user_verification(case: &Case) -> UserVerificationPolicy {
    if case.require_uv { UserVerificationPolicy::Required } else { UserVerificationPolicy::Preferred }
}

fn answer<T: DeserializeOwned>(case: &Case) -> Result<T, Verdict> {
    T::deserialize(&case.response).map_err(|error| Verdict::Reject(format!("response: {error}")))
}

/// The library draws every challenge itself; a state that it saved is the only place to put another.
fn with_challenge<T: Serialize + DeserializeOwned>(state: &T, challenge: &str) -> Result<T, Verdict> {
    let cannot_say = cannot_say("a challenge it cannot read");
    let mut saved = serde_json::to_value(state).map_err(&cannot_say)?;
    saved["challenge"] = challenge.into();
    serde_json::from_value(saved).map_err(cannot_say)
}

fn decoded(text: &str) -> Result<Vec<u8>, Verdict> {
    BASE64_URL_SAFE_NO_PAD.decode(text).map_err(cannot_say("bad case"))
}

fn cannot_say<E: std::fmt::Display>(what: &str) -> impl Fn(E) -> Verdict {
    move |error| Verdict::Unsupported(format!("{what}: {error}"))
}
