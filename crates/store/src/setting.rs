//! A few values the whole installation shares, each with a revision so that it changes by compare-and-swap.

use crate::engine::{Snapshot, Tx};
use crate::fault::Fault;
use crate::sql::statements;
use crate::value::Row;

statements! {
    read SETTING = "SELECT value, rev FROM settings WHERE name = $1";
    read SETTINGS = "SELECT name, value, rev FROM settings WHERE name IN ($1, $2, $3)";
    write TAKE_SETTING = "INSERT INTO settings (name, value, rev) VALUES ($1, $2, 1) ON CONFLICT DO NOTHING RETURNING rev";
    guard LOCK_SETTING = "UPDATE settings SET rev = rev + 1 WHERE name = $1 RETURNING rev";
    guard CHANGE_SETTING = "UPDATE settings SET value = $2, rev = rev + 1 WHERE name = $1 AND rev = $3 RETURNING rev";
}

/// The names there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    RestoreEpoch,
    SetupLatch,
    PruneMark,
    /// Tells whether a master key is the one this database's keys are wrapped under.
    MasterKeyCheck,
    /// The domain that passkeys are bound to.
    RpId,
    /// The first there ever was.
    FirstRpId,
    /// All that count, those of before too.
    RpIds,
    /// Which list and which rules every passkey was judged under.
    JudgedUnder,
    /// When a list of models was asked for last, and what came of it.
    ListSought,
}

impl Setting {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RestoreEpoch => "restore_epoch",
            Self::SetupLatch => "setup_latch",
            Self::PruneMark => "prune_mark",
            Self::MasterKeyCheck => "master_key_check",
            Self::RpId => "rp_id",
            Self::FirstRpId => "first_rp_id",
            Self::RpIds => "rp_ids",
            Self::JudgedUnder => "judged_under",
            Self::ListSought => "list_sought",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingRow {
    pub value: String,
    pub rev: i64,
}

impl Snapshot<'_> {
    pub async fn setting(&mut self, setting: Setting) -> Result<Option<SettingRow>, Fault> {
        self.optional(&SETTING, (setting.name(),), |row| Ok(SettingRow { value: row.get(0)?, rev: row.get(1)? })).await
    }

    /// Three at once, in the order they are asked for.
    pub async fn settings(&mut self, three: [Setting; 3]) -> Result<[Option<SettingRow>; 3], Fault> {
        let named = |row: &Row<'_>| Ok((row.get::<String>(0)?, SettingRow { value: row.get(1)?, rev: row.get(2)? }));
        let [a, b, c] = three.map(Setting::name);
        let rows = self.list(&SETTINGS, (a, b, c), named).await?;
        let of = |setting: Setting| rows.iter().find(|(name, _)| name == setting.name()).map(|(_, row)| row.clone());
        Ok(three.map(of))
    }
}

impl Tx<'_> {
    /// Set it for the first time. `false`: it has been set.
    pub async fn take_setting(&mut self, setting: Setting, value: &str) -> Result<bool, Fault> {
        self.touched(&TAKE_SETTING, (setting.name(), value)).await
    }

    /// Nobody else decides on what this setting stands for until the end of the transaction.
    pub async fn lock_setting(&mut self, setting: Setting) -> Result<(), Fault> {
        self.run(&LOCK_SETTING, (setting.name(),)).await
    }

    /// A guard: the setting still has the revision that was read.
    pub async fn change_setting(&mut self, setting: Setting, value: &str, rev: i64) -> Result<(), Fault> {
        self.run(&CHANGE_SETTING, (setting.name(), value, rev)).await
    }
}
