//! Every statement Signet ever runs, apart from migrations. Tests walk this list: each is prepared on both engines,
//! each write is broken twice on both.

use crate::sql::Sql;
use crate::{account, audit_entry, ceremony, examine, key, outbox, setting};

static REGISTRY: &[&[&Sql]] = &[
    account::STATEMENTS,
    audit_entry::STATEMENTS,
    ceremony::STATEMENTS,
    examine::STATEMENTS,
    key::STATEMENTS,
    outbox::STATEMENTS,
    setting::STATEMENTS,
];

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Sql> {
    REGISTRY.iter().flat_map(|feature| feature.iter().copied())
}
