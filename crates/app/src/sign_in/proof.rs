//! What is proved of a sign-in before anything is written: pure, from rows and an answer to a session or a reason.

use identity::account::Account;
use identity::credential::{Count, Kind, State, read_count, user_handle};
use identity::session::{Ceremony, Evidence, Opened as OpenedSession, open};
use policy::authenticator::{Because, Stand};
use policy::{Consequence, Keeping, Regression, Regressions};
use store::{CredentialRow, Fault, SignInFacts, UseRow};
use vocab::{AccountId, Timestamp};
use webauthn::authentication::{self, Answer, Known};
use webauthn::refusal::Credential as OnCredential;
use webauthn::{Algorithm, Attachment, RelyingParty};

use super::{Refusal, SignInState};
use crate::account::account_of;
use crate::ceremony::{self, Opened};
use crate::credential::{OnRecord, algorithm_of, attachment_of, sign_count_of, state_of, transports_of};

/// What the rows say, in the words of the house. A row that says nothing is the machine's failure, and counts against
/// nobody.
pub(super) struct Rows<'a> {
    credential: &'a CredentialRow,
    account: Account,
    state: State,
    algorithm: Algorithm,
    sign_count: u32,
    pub(super) is: OnRecord,
}

impl<'a> Rows<'a> {
    pub(super) fn read(facts: &'a SignInFacts) -> Result<Self, Fault> {
        Ok(Self {
            credential: &facts.credential,
            account: account_of(facts.account.clone())?,
            state: state_of(&facts.credential)?,
            algorithm: algorithm_of(&facts.credential)?,
            sign_count: sign_count_of(&facts.credential)?,
            is: OnRecord::of(&facts.credential)?,
        })
    }
}

/// A sign-in that stood every test.
pub(super) struct Proved {
    pub(super) session: OpenedSession,
    pub(super) uses: UseRow,
    pub(super) regressed: Option<Regressed>,
    /// By the passkey of another device than the one at hand; a security key is carried along and is none.
    pub(super) is_from_elsewhere: bool,
}

pub(super) struct Regressed {
    pub(super) stored: u32,
    pub(super) asserted: u32,
    pub(super) consequence: Option<Consequence>,
}

impl Regressed {
    /// What is on record of the passkey from now on, if it is something else.
    pub(super) fn worsens(&self, is: &OnRecord) -> Option<OnRecord> {
        let standing = self.consequence?.standing();
        Some(is.with(Stand { standing, because: Some(Because::Regressed) })).filter(|worse| worse != is)
    }
}

/// A sign-in that did not.
pub(super) enum Denial {
    ByTheStandard(webauthn::Refusal),
    ByPolicy(policy::Denial),
    Removed {
        aaguid: [u8; 16],
    },
    /// It is bound to another domain than the one it was asked for.
    OtherDomain,
    /// In a step-up: it is somebody else's passkey.
    OtherAccount,
    Regressed(Regressed),
    /// It counted backwards, and what becomes of that rules say which were not read.
    RulesUnread,
    /// Evidence and grant are not of one another. Nothing that comes from outside leads here.
    Mismatch,
}

impl Denial {
    /// What is written down.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::ByTheStandard(refusal) => refusal.audit(),
            Self::ByPolicy(denial) => denial.as_str(),
            Self::Removed { .. } => "credential.removed",
            Self::OtherDomain => "credential.other_domain",
            Self::OtherAccount => "step_up.other_account",
            Self::Regressed(_) => "sign_count.regressed",
            Self::RulesUnread | Self::Mismatch => "evidence.mismatch",
        }
    }

    /// What is said.
    pub(super) fn refusal(&self) -> Refusal {
        match self {
            Self::ByTheStandard(refusal) => ceremony::Refusal::from(refusal.public()).into(),
            Self::Removed { aaguid } => Refusal::PasskeyRemoved { aaguid: *aaguid },
            Self::ByPolicy(policy::Denial::Suspended) => Refusal::PasskeyOnHold,
            Self::ByPolicy(_)
            | Self::OtherDomain
            | Self::OtherAccount
            | Self::Regressed(_)
            | Self::RulesUnread
            | Self::Mismatch => ceremony::Refusal::NotAccepted.into(),
        }
    }
}

/// From an answer to a session, or why not: nothing is asked or written on the way.
pub(super) fn prove(
    relying_party: &RelyingParty,
    (opened, answer): (&Opened<SignInState>, &Answer),
    (on_record, regressions): (&Rows<'_>, Option<Regressions>),
    now: Timestamp,
) -> Result<Proved, Denial> {
    let (account, credential) = (&on_record.account, on_record.credential);
    let handle = user_handle(account.id);
    let known = Known {
        raw_id: &credential.raw_id,
        public_key: &credential.public_key,
        algorithm: on_record.algorithm,
        user_handle: &handle,
        is_backup_eligible: credential.is_backup_eligible,
    };
    let verified =
        authentication::finish(relying_party, &opened.of.pending, answer, &known).map_err(Denial::ByTheStandard)?;
    if on_record.state != State::Active {
        return Err(Denial::Removed { aaguid: credential.aaguid });
    }
    if credential.rp_id != relying_party.id.as_str() {
        return Err(Denial::OtherDomain);
    }
    if opened.of.within.is_some_and(|within| within.account() != account.id) {
        return Err(Denial::OtherAccount);
    }
    let (sign_count, regressed) = judged((on_record, regressions), verified.sign_count(), opened.begun_at)?;
    let worse = regressed.as_ref().and_then(|regressed| regressed.worsens(&on_record.is));
    let standing = worse.as_ref().unwrap_or(&on_record.is).stand.standing;

    let ceremony = Ceremony { id: opened.id, finished_at: now };
    let evidence = Evidence::of_sign_in(&verified, ((account.id, credential.id), standing), ceremony)
        .map_err(|_| Denial::Mismatch)?;
    let granted = policy::decide(&evidence.question(account.is_active(), now)).map_err(Denial::ByPolicy)?;
    let session = open(evidence, granted, now).map_err(|_| Denial::Mismatch)?;
    let uses = UseRow {
        account_id: account.id,
        id: credential.id,
        rev: credential.rev,
        sign_count_was: credential.sign_count,
        sign_count: sign_count.into(),
        is_backed_up: verified.is_backed_up(),
        is_user_verified: credential.is_user_verified || verified.is_user_verified(),
        at: now,
    };
    let is_from_elsewhere =
        verified.attachment() == Some(Attachment::CrossPlatform) && kind_of(credential) != Kind::SecurityKey;
    Ok(Proved { session, uses, regressed, is_from_elsewhere })
}

/// The count to store, and the regression that policy let pass. `Err`: a regression that it did not.
fn judged(
    (on_record, regressions): (&Rows<'_>, Option<Regressions>),
    asserted: u32,
    begun_at: Timestamp,
) -> Result<(u32, Option<Regressed>), Denial> {
    let (credential, stored) = (on_record.credential, on_record.sign_count);
    let regressed = |consequence| Regressed { stored, asserted, consequence };
    let keeping = match kind_of(credential) {
        Kind::Synced => Keeping::Synced,
        Kind::ThisDevice | Kind::SecurityKey => Keeping::OneDevice,
    };
    if let Count::Good(count) = read_count(stored, asserted, begun_at, credential.last_used_at) {
        return Ok((count, None));
    }
    match regressions.ok_or(Denial::RulesUnread)?.of(keeping) {
        Regression::Accept => Ok((asserted, Some(regressed(None)))),
        Regression::And(Consequence::Suspend) => Err(Denial::Regressed(regressed(Some(Consequence::Suspend)))),
        Regression::And(less) => Ok((asserted, Some(regressed(Some(less))))),
        Regression::Deny => Err(Denial::Regressed(regressed(None))),
    }
}

fn kind_of(credential: &CredentialRow) -> Kind {
    Kind::of(credential.is_backup_eligible, attachment_of(credential), &transports_of(credential))
}

/// W15: an id nobody has is verified too, against a key that is nobody's: it takes as long. Says whether everything
/// was in order that does not rest on a record.
pub(super) fn try_in_vain(relying_party: &RelyingParty, (opened, answer): (&Opened<SignInState>, &Answer)) -> bool {
    let nobody = Known {
        raw_id: answer.raw_id(),
        public_key: &NOBODYS_KEY,
        algorithm: Algorithm::Es256,
        user_handle: answer.user_handle().unwrap_or(AccountId::NOBODY.bytes()),
        is_backup_eligible: true,
    };
    let outcome = authentication::finish(relying_party, &opened.of.pending, answer, &nobody);
    matches!(
        outcome,
        Err(webauthn::Refusal::Signature | webauthn::Refusal::Credential(OnCredential::BackupEligibility))
    )
}

/// The base point of P-256 (FIPS 186-5) as a COSE key: a key as good as any to lose time with.
const NOBODYS_KEY: [u8; 77] = [
    0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20, // kty 2, alg -7, crv 1, x
    0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d,
    0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x22, 0x58, 0x20, // y
    0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
    0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
];
