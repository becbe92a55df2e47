//! A few values the whole installation shares, each with a revision so that it changes by compare-and-swap.

use crate::engine::{Snapshot, Tx};
use crate::fault::Fault;
use crate::sql::statements;

statements! {
    read SETTING = "SELECT value, rev FROM settings WHERE name = $1";
    write TAKE_SETTING = "INSERT INTO settings (name, value, rev) VALUES ($1, $2, 1) ON CONFLICT DO NOTHING RETURNING rev";
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
}

impl Setting {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RestoreEpoch => "restore_epoch",
            Self::SetupLatch => "setup_latch",
            Self::PruneMark => "prune_mark",
            Self::MasterKeyCheck => "master_key_check",
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
}

impl Tx<'_> {
    /// Set it for the first time. `false`: it has been set.
    pub async fn take_setting(&mut self, setting: Setting, value: &str) -> Result<bool, Fault> {
        self.touched(&TAKE_SETTING, (setting.name(), value)).await
    }

    /// A guard: the setting still has the revision that was read.
    pub async fn change_setting(&mut self, setting: Setting, value: &str, rev: i64) -> Result<(), Fault> {
        self.run(&CHANGE_SETTING, (setting.name(), value, rev)).await
    }
}
