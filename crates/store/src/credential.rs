//! Passkeys: the record of each, and the lookup from an authenticator's own id to it.

use vocab::{AccountId, CredentialId, SessionId, Timestamp};

use crate::account::{AccountRow, SubjectKeyRow, account_at, subject_key_at};
use crate::engine::{Snapshot, Tx};
use crate::fault::{Fault, Kind};
use crate::fence::Fence;
use crate::sql::statements;
use crate::value::Row;

statements! {
    write TAKE_RAW_ID =
        "INSERT INTO credential_ids (raw_id, account_id, credential_id) VALUES ($1, $2, $3) \
         ON CONFLICT DO NOTHING RETURNING raw_id";
    write INSERT_CREDENTIAL =
        "INSERT INTO credentials (account_id, id, raw_id, public_key, algorithm, sign_count, aaguid, attestation, \
         transports, attachment, is_discoverable, is_backup_eligible, is_backed_up, is_user_verified, name, state, \
         rev, made_at, format, rp_id, standing, standing_because, batch, replaces, said) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'active', 1, $16, $17, $18, $19, \
         $20, $21, $22, $23)";
    guard MARK_USED =
        "UPDATE credentials SET sign_count = $5, is_backed_up = $6, is_user_verified = $7, last_used_at = $8 \
         WHERE account_id = $1 AND id = $2 AND rev = $3 AND sign_count = $4 AND state = 'active' \
         AND EXISTS (SELECT 1 FROM accounts WHERE accounts.id = $1 AND accounts.state = 'active') RETURNING id";
    guard RENAME =
        "UPDATE credentials SET name = $4, rev = rev + 1 \
         WHERE account_id = $1 AND id = $2 AND rev = $3 AND state = 'active' RETURNING id";
    guard MARK_REMOVED =
        "UPDATE credentials SET state = 'removed', removed_at = $4, rev = rev + 1 \
         WHERE account_id = $1 AND id = $2 AND rev = $3 AND state = 'active' RETURNING id";
    guard MARK_STANDING =
        "UPDATE credentials SET standing = $4, standing_because = $5, said = $6, released = $7, \
         sign_count = COALESCE($8, sign_count), rev = rev + 1 WHERE account_id = $1 AND id = $2 AND rev = $3 AND state = 'active' RETURNING id";
    write END_REPLACEMENT =
        "UPDATE credentials SET replaces = NULL, rev = rev + 1 \
         WHERE account_id = $1 AND id = $2 AND replaces IS NOT NULL RETURNING id";
    write FILL_RP_ID =
        "UPDATE credentials SET rp_id = $1 WHERE (account_id, id) IN \
         (SELECT account_id, id FROM credentials WHERE rp_id = '' LIMIT $2) RETURNING id";
    write MOVE_CREDENTIALS = "UPDATE credentials SET rev = rev + 1 WHERE account_id = $1 RETURNING id";
    read COUNT_BOUND =
        "SELECT c.rp_id, count(DISTINCT c.account_id), count(*) FROM credentials c JOIN accounts a ON a.id = c.account_id \
         WHERE c.state = 'active' AND a.state = 'active' GROUP BY c.rp_id ORDER BY c.rp_id";
    read ONLY_BOUND_ELSEWHERE =
        "SELECT a.id FROM accounts a WHERE a.state = 'active' AND a.id > $2 \
         AND EXISTS (SELECT 1 FROM credentials c WHERE c.account_id = a.id AND c.state = 'active') \
         AND NOT EXISTS (SELECT 1 FROM credentials c WHERE c.account_id = a.id AND c.state = 'active' \
         AND c.rp_id = $1) ORDER BY a.id LIMIT $3";
    read CREDENTIALS_OF =
        "SELECT account_id, id, raw_id, public_key, algorithm, sign_count, aaguid, attestation, transports, \
         attachment, is_discoverable, is_backup_eligible, is_backed_up, is_user_verified, name, state, rev, made_at, \
         last_used_at, removed_at, format, rp_id, standing, standing_because, released, batch, \
         replaces, said FROM credentials WHERE account_id = $1 ORDER BY id";
    read OWNED_AFTER =
        "SELECT c.account_id, c.id, c.raw_id, c.public_key, c.algorithm, c.sign_count, c.aaguid, c.attestation, \
         c.transports, c.attachment, c.is_discoverable, c.is_backup_eligible, c.is_backed_up, c.is_user_verified, \
         c.name, c.state, c.rev, c.made_at, c.last_used_at, c.removed_at, c.format, c.rp_id, c.standing, \
         c.standing_because, c.released, c.batch, c.replaces, c.said, a.role FROM credentials c JOIN accounts a ON a.id = c.account_id \
         WHERE (c.account_id, c.id) > ($1, $2) AND c.state = 'active' AND a.state = 'active' \
         ORDER BY c.account_id, c.id LIMIT $3";
    read SIGN_IN_FACTS =
        "SELECT c.account_id, c.id, c.raw_id, c.public_key, c.algorithm, c.sign_count, c.aaguid, c.attestation, \
         c.transports, c.attachment, c.is_discoverable, c.is_backup_eligible, c.is_backed_up, c.is_user_verified, \
         c.name, c.state, c.rev, c.made_at, c.last_used_at, c.removed_at, c.format, c.rp_id, \
         c.standing, c.standing_because, c.released, c.batch, c.replaces, c.said, \
         a.id, a.state, a.display_name, a.rev, a.made_at, a.disabled_at, a.role, \
         k.account_id, k.key_id, k.wrapped, \
         (SELECT s.id FROM (SELECT id, credential_id, ended_at FROM sessions \
         WHERE account_id = i.account_id ORDER BY id DESC LIMIT 1000) s \
         WHERE s.credential_id = i.credential_id AND s.ended_at IS NULL LIMIT 1 OFFSET $2), \
         e.value, (SELECT value FROM settings WHERE name = 'setup_latch'), \
         (SELECT value FROM settings WHERE name = 'prune_mark') \
         FROM settings e \
         LEFT JOIN credential_ids i ON i.raw_id = $1 \
         LEFT JOIN credentials c ON c.account_id = i.account_id AND c.id = i.credential_id \
         LEFT JOIN accounts a ON a.id = i.account_id \
         LEFT JOIN subject_keys k ON k.account_id = i.account_id \
         WHERE e.name = 'restore_epoch'";
}

/// A passkey as it lies in its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRow {
    pub account_id: AccountId,
    pub id: CredentialId,
    pub raw_id: Vec<u8>,
    pub public_key: Vec<u8>,
    pub algorithm: i64,
    pub sign_count: i64,
    pub aaguid: [u8; 16],
    pub attestation: String,
    pub transports: String,
    pub attachment: Option<String>,
    pub is_discoverable: Option<bool>,
    pub is_backup_eligible: bool,
    pub is_backed_up: bool,
    pub is_user_verified: bool,
    pub name: String,
    pub state: String,
    pub rev: i64,
    pub made_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub removed_at: Option<Timestamp>,
    /// In which format something was stated of where it was made.
    pub format: String,
    /// The domain it is bound to.
    pub rp_id: String,
    /// How much it is worth, and why not everything.
    pub standing: String,
    pub standing_because: String,
    /// What stays of that until somebody releases it: standing and reason.
    pub said: String,
    /// What an administrator has set aside of what is held against it.
    pub released: String,
    /// Of a token of the first generation: how its batch is known.
    pub batch: Option<Vec<u8>>,
    /// The older passkey that goes when this one has proved itself.
    pub replaces: Option<CredentialId>,
}

/// An active passkey, and the role of the active account whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedRow {
    pub credential: CredentialRow,
    pub role: String,
}

/// Another standing of a passkey, and what it must find unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingRow {
    pub account_id: AccountId,
    pub id: CredentialId,
    pub rev: i64,
    pub standing: String,
    pub because: String,
    pub said: String,
    pub released: String,
    /// Where it is to count from anew.
    pub sign_count: Option<i64>,
}

/// Everything a sign-in with this passkey rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInFacts {
    pub credential: CredentialRow,
    pub account: AccountRow,
    pub subject_key: SubjectKeyRow,
    /// If this passkey has as many open sessions as it may have among the account's last thousand: this one, and all
    /// before it, make room for another.
    pub makes_room: Option<SessionId>,
}

/// What an accepted sign-in changes in the record of its passkey, and what it must find unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseRow {
    pub account_id: AccountId,
    pub id: CredentialId,
    pub rev: i64,
    pub sign_count_was: i64,
    pub sign_count: i64,
    pub is_backed_up: bool,
    pub is_user_verified: bool,
    pub at: Timestamp,
}

fn credential(row: &Row<'_>) -> Result<CredentialRow, Fault> {
    Ok(CredentialRow {
        account_id: row.get(0)?,
        id: row.get(1)?,
        raw_id: row.get(2)?,
        public_key: row.get(3)?,
        algorithm: row.get(4)?,
        sign_count: row.get(5)?,
        aaguid: row.get(6)?,
        attestation: row.get(7)?,
        transports: row.get(8)?,
        attachment: row.get(9)?,
        is_discoverable: row.get(10)?,
        is_backup_eligible: row.get(11)?,
        is_backed_up: row.get(12)?,
        is_user_verified: row.get(13)?,
        name: row.get(14)?,
        state: row.get(15)?,
        rev: row.get(16)?,
        made_at: row.get(17)?,
        last_used_at: row.get(18)?,
        removed_at: row.get(19)?,
        format: row.get(20)?,
        rp_id: row.get(21)?,
        standing: row.get(22)?,
        standing_because: row.get(23)?,
        released: row.get(24)?,
        batch: row.get(25)?,
        replaces: row.get(26)?,
        said: row.get(27)?,
    })
}

impl Snapshot<'_> {
    /// Every passkey an account ever had, in the order they were made.
    pub async fn list_credentials(&mut self, account: AccountId) -> Result<Vec<CredentialRow>, Fault> {
        self.list(&CREDENTIALS_OF, (account,), credential).await
    }

    /// Active passkeys of active accounts, after this one of this account, in the order of their ids.
    pub async fn list_owned_after(
        &mut self,
        (account, id): (AccountId, CredentialId),
        limit: i64,
    ) -> Result<Vec<OwnedRow>, Fault> {
        let owned = |row: &Row<'_>| Ok(OwnedRow { credential: credential(row)?, role: row.get(28)? });
        self.list(&OWNED_AFTER, (account, id, limit), owned).await
    }

    /// Whose passkey this is, and where the database stands. It is one statement whether or not it is somebody's.
    pub async fn sign_in_facts(
        &mut self,
        raw_id: &[u8],
        open_at_most: u16,
    ) -> Result<(Fence, Option<SignInFacts>), Fault> {
        let facts = |row: &Row<'_>| {
            let number = |at| {
                let number = row.get::<Option<String>>(at)?.and_then(|value| value.parse().ok());
                number.ok_or_else(|| Fault::new(Kind::Corrupt, "a setting of the fence is gone"))
            };
            let mark = Timestamp::from_micros(number(41)?);
            let fence = Fence { epoch: number(39)?, latch: number(40)?, mark };
            let is_somebodys = row.get::<Option<CredentialId>>(1)?.is_some();
            let somebodys = || {
                Ok(SignInFacts {
                    credential: credential(row)?,
                    account: account_at(row, 28)?,
                    subject_key: subject_key_at(row, 35)?,
                    makes_room: row.get(38)?,
                })
            };
            Ok((fence, is_somebodys.then(somebodys).transpose()?))
        };
        let found = self.optional(&SIGN_IN_FACTS, (raw_id, i64::from(open_at_most) - 1), facts).await?;
        found.ok_or_else(|| Fault::new(Kind::Corrupt, "a setting of the fence is gone"))
    }
}

/// Passkeys that are bound to one domain, and how many have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    pub rp_id: String,
    pub accounts: i64,
    pub credentials: i64,
}

/// Passkeys that are bound to domains that do not count, and whose they are; who has some of several counts for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stranded {
    pub accounts: i64,
    pub credentials: i64,
}

impl Snapshot<'_> {
    /// Active ones, of active accounts, by the domain they are bound to.
    pub async fn count_bound(&mut self) -> Result<Vec<Bound>, Fault> {
        let bound = |row: &Row<'_>| Ok(Bound { rp_id: row.get(0)?, accounts: row.get(1)?, credentials: row.get(2)? });
        self.list(&COUNT_BOUND, (), bound).await
    }

    /// Who has passkeys, and none for this domain: those after this account, in the order of their ids.
    pub async fn list_only_bound_elsewhere(
        &mut self,
        rp_id: &str,
        after: AccountId,
        limit: i64,
    ) -> Result<Vec<AccountId>, Fault> {
        self.list(&ONLY_BOUND_ELSEWHERE, (rp_id, after, limit), |row| row.get(0)).await
    }
}

impl Tx<'_> {
    /// Give an authenticator's id to a record. `false`: it was registered before, here or for somebody else.
    pub async fn take_raw_id(&mut self, row: &CredentialRow) -> Result<bool, Fault> {
        self.touched(&TAKE_RAW_ID, (row.raw_id.as_slice(), row.account_id, row.id)).await
    }

    /// A new record; its state, revision and past are those of a beginning, whatever the row says.
    pub async fn insert_credential(&mut self, row: &CredentialRow) -> Result<(), Fault> {
        let params = (
            row.account_id,
            row.id,
            row.raw_id.as_slice(),
            row.public_key.as_slice(),
            row.algorithm,
            row.sign_count,
            row.aaguid,
            row.attestation.as_str(),
            row.transports.as_str(),
            row.attachment.as_deref(),
            row.is_discoverable,
            row.is_backup_eligible,
            row.is_backed_up,
            row.is_user_verified,
            row.name.as_str(),
            row.made_at,
            row.format.as_str(),
            row.rp_id.as_str(),
            row.standing.as_str(),
            row.standing_because.as_str(),
            row.batch.as_deref(),
            row.replaces,
            row.said.as_str(),
        );
        self.run(&INSERT_CREDENTIAL, params).await
    }

    /// A guard: passkey and account are active, and the counter is the one that was read.
    pub async fn mark_credential_used(&mut self, row: &UseRow) -> Result<(), Fault> {
        let params = (
            row.account_id,
            row.id,
            row.rev,
            row.sign_count_was,
            row.sign_count,
            row.is_backed_up,
            row.is_user_verified,
            row.at,
        );
        self.run(&MARK_USED, params).await
    }

    /// A guard: the record is the one that was read, and active.
    pub async fn mark_standing(&mut self, row: &StandingRow) -> Result<(), Fault> {
        let params = (
            row.account_id,
            row.id,
            row.rev,
            row.standing.as_str(),
            row.because.as_str(),
            row.said.as_str(),
            row.released.as_str(),
            row.sign_count,
        );
        self.run(&MARK_STANDING, params).await
    }

    /// It stands alone from now on.
    pub async fn end_replacement(&mut self, (account, id): (AccountId, CredentialId)) -> Result<(), Fault> {
        self.run(&END_REPLACEMENT, (account, id)).await
    }

    /// Passkeys of before domains were kept are bound to the first there was. `false`: there are none any more.
    pub async fn fill_rp_id(&mut self, first: &str, limit: i64) -> Result<bool, Fault> {
        self.touched(&FILL_RP_ID, (first, limit)).await
    }

    /// Whoever is signing in with one of these has come to an end when this answers, and finds afterwards that what
    /// was proved has moved.
    pub async fn move_credentials(&mut self, account: AccountId) -> Result<(), Fault> {
        self.run(&MOVE_CREDENTIALS, (account,)).await
    }

    /// A guard: the record is the one that was read.
    pub async fn rename_credential(
        &mut self,
        (account, id): (AccountId, CredentialId),
        rev: i64,
        name: &str,
    ) -> Result<(), Fault> {
        self.run(&RENAME, (account, id, rev, name)).await
    }

    /// A guard: the record is the one that was read, and active.
    pub async fn mark_credential_removed(
        &mut self,
        (account, id): (AccountId, CredentialId),
        rev: i64,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.run(&MARK_REMOVED, (account, id, rev, now)).await
    }
}
