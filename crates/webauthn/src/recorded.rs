//! Ceremonies that somebody recorded, walked through once more: for support, who wonders why a passkey was refused, and
//! for auditors, who compare us with others. What is expected comes with the record; the steps are the ones that
//! everybody's ceremonies take, in [`registration::finish`] and [`authentication::finish`].

use serde_json::Value;
use vocab::{Origin, RpId, Timestamp};

use crate::attestation::{Anchor, Trust};
use crate::base64url::{self, Base64url};
use crate::cose::PublicKey;
use crate::{
    Algorithm, Ceremony, Challenge, Mediation, Refusal, RelyingParty, UserVerification, authentication, registration,
};

/// What a recorded ceremony came to.
#[derive(Debug)]
pub enum Receipt {
    Registered(registration::Registered),
    /// With the count on record, which it is for the caller to compare.
    Verified {
        receipt: authentication::Verified,
        stored_sign_count: u32,
    },
}

/// Why there is no receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReceipt {
    /// This member of the record is missing, or is not what it must be: nothing was looked at.
    Unreadable(&'static str),
    Refused(Ceremony, Refusal),
}

/// Walks through one ceremony. `now` where the record says no `verify_time`.
pub fn check(case: &Value, now: Timestamp) -> Result<Receipt, NoReceipt> {
    let case = Case(case);
    match case.text("kind")? {
        "registration" => case.register(now).map(Receipt::Registered),
        "assertion" => case.authenticate(),
        _ => Err(NoReceipt::Unreadable("kind")),
    }
}

struct Case<'a>(&'a Value);

impl<'a> Case<'a> {
    fn register(&self, now: Timestamp) -> Result<registration::Registered, NoReceipt> {
        let rp = self.relying_party()?;
        let pending = registration::Pending {
            challenge: self.challenge()?,
            algorithms: self.algorithms()?,
            user_verification: self.user_verification()?,
            mediation: if self.flag("require_up", true)? { Mediation::Modal } else { Mediation::Conditional },
        };
        let anchors = self.anchors()?;
        let tpm_vendors = self.texts("allowed_tpm_vendors")?.unwrap_or_default();
        let trust = Trust {
            anchors: anchors.as_deref(),
            tpm_vendors: &tpm_vendors,
            takes_sha1_of_tpms: self.flag("allow_sha1_of_tpms", false)?,
            ..Trust::nobody(self.time(now)?)
        };
        let refused = |refusal| NoReceipt::Refused(Ceremony::Registration, refusal);
        let answer = registration::Answer::parse(self.member("response")?).map_err(refused)?;
        registration::finish(&rp, &pending, &answer, &trust).map_err(refused)
    }

    fn authenticate(&self) -> Result<Receipt, NoReceipt> {
        let rp = self.relying_party()?;
        let stored = Case(self.member("stored")?);
        let (raw_id, public_key) = (stored.bytes("credential_id")?, stored.bytes("public_key")?);
        // Without a list, the record is of whoever was known before: nobody else has a record here.
        let allowed = self.ids("allow_credentials")?.unwrap_or_else(|| vec![Base64url(raw_id.clone())]);
        let (challenge, user_verification) = (self.challenge()?, self.user_verification()?);
        let pending = authentication::Pending { challenge, allowed, user_verification };
        let refused = |refusal| NoReceipt::Refused(Ceremony::Authentication, refusal);
        let answer = authentication::Answer::parse(self.member("response")?).map_err(refused)?;
        let stored_key = PublicKey::parse(&public_key).map_err(refused)?;
        stored_key.check().map_err(refused)?; // a server looked at it when it was registered
        let algorithm = stored_key.algorithm();
        let user_handle = match stored.optional("user_handle") {
            Some(_) => stored.bytes("user_handle")?,
            None => answer.user_handle().unwrap_or_default().to_vec(),
        };
        let is_backup_eligible = stored.flag("backup_eligible", answer.is_backup_eligible())?;
        let known = authentication::Known {
            raw_id: &raw_id,
            public_key: &public_key,
            algorithm,
            user_handle: &user_handle,
            is_backup_eligible,
        };
        let receipt = authentication::finish(&rp, &pending, &answer, &known).map_err(refused)?;
        let stored_sign_count = match stored.optional("sign_count") {
            Some(count) => count.as_u64().and_then(|count| count.try_into().ok()),
            None => Some(0),
        };
        let stored_sign_count = stored_sign_count.ok_or(NoReceipt::Unreadable("sign_count"))?;
        Ok(Receipt::Verified { receipt, stored_sign_count })
    }

    fn relying_party(&self) -> Result<RelyingParty, NoReceipt> {
        let origins = |name| -> Result<Option<Vec<_>>, NoReceipt> {
            let texts = self.texts(name)?;
            Ok(texts.map(|texts| texts.iter().map(|text| Origin::as_recorded(text)).collect()))
        };
        let may_stand_in_frames = self.flag("allow_cross_origin", false)?;
        let top_origins = origins("top_origins")?.unwrap_or_default();
        Ok(RelyingParty {
            id: RpId::as_recorded(self.text("rp_id")?),
            name: String::new(),
            origins: origins("origins")?.ok_or(NoReceipt::Unreadable("origins"))?,
            top_origins: may_stand_in_frames.then_some(top_origins),
        })
    }

    fn challenge(&self) -> Result<Challenge, NoReceipt> {
        Ok(Challenge::recorded(self.bytes("challenge")?))
    }

    fn user_verification(&self) -> Result<UserVerification, NoReceipt> {
        let is_required = self.flag("require_uv", false)?;
        Ok(if is_required { UserVerification::Required } else { UserVerification::Preferred })
    }

    /// Those that were offered, as far as they are ours.
    fn algorithms(&self) -> Result<Vec<Algorithm>, NoReceipt> {
        let Some(offered) = self.optional("allowed_algs") else { return Ok(Algorithm::ALL.to_vec()) };
        let offered = offered.as_array().ok_or(NoReceipt::Unreadable("allowed_algs"))?;
        let numbers = offered.iter().map(|number| number.as_i64().ok_or(NoReceipt::Unreadable("allowed_algs")));
        Ok(numbers.collect::<Result<Vec<_>, _>>()?.into_iter().filter_map(Algorithm::from_cose).collect())
    }

    /// Roots that are no certificates lead nowhere.
    fn anchors(&self) -> Result<Option<Vec<Anchor>>, NoReceipt> {
        let ders = self.texts("trust_roots")?.map(|texts| texts.into_iter().map(|text| base64url::decode(&text)));
        Ok(ders.map(|ders| ders.flatten().filter_map(|der| Anchor::parse(der).ok()).collect()))
    }

    /// `None`: there is no list, or nothing in it, and any will do.
    fn ids(&self, name: &'static str) -> Result<Option<Vec<Base64url>>, NoReceipt> {
        let id = |item: &Value| {
            let text = item.as_str().or_else(|| item.get("id").and_then(Value::as_str));
            text.and_then(base64url::decode).map(Base64url).ok_or(NoReceipt::Unreadable(name))
        };
        let Some(list) = self.optional(name) else { return Ok(None) };
        let ids: Vec<_> =
            list.as_array().ok_or(NoReceipt::Unreadable(name))?.iter().map(id).collect::<Result<_, _>>()?;
        Ok(Some(ids).filter(|ids| !ids.is_empty()))
    }

    fn time(&self, now: Timestamp) -> Result<Timestamp, NoReceipt> {
        let Some(time) = self.optional("verify_time") else { return Ok(now) };
        let seconds = time.as_i64().and_then(|seconds| seconds.checked_mul(1_000_000));
        seconds.map(Timestamp::from_micros).ok_or(NoReceipt::Unreadable("verify_time"))
    }

    fn member(&self, name: &'static str) -> Result<&'a Value, NoReceipt> {
        self.0.get(name).ok_or(NoReceipt::Unreadable(name))
    }

    /// `null` is as good as nothing.
    fn optional(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &'static str) -> Result<&'a str, NoReceipt> {
        self.member(name)?.as_str().ok_or(NoReceipt::Unreadable(name))
    }

    fn bytes(&self, name: &'static str) -> Result<Vec<u8>, NoReceipt> {
        base64url::decode(self.text(name)?).ok_or(NoReceipt::Unreadable(name))
    }

    fn flag(&self, name: &'static str, absent: bool) -> Result<bool, NoReceipt> {
        self.optional(name).map_or(Ok(absent), |flag| flag.as_bool().ok_or(NoReceipt::Unreadable(name)))
    }

    fn texts(&self, name: &'static str) -> Result<Option<Vec<String>>, NoReceipt> {
        let text = |item: &Value| item.as_str().map(str::to_owned).ok_or(NoReceipt::Unreadable(name));
        let Some(list) = self.optional(name) else { return Ok(None) };
        list.as_array().ok_or(NoReceipt::Unreadable(name))?.iter().map(text).collect::<Result<_, _>>().map(Some)
    }
}
