//! Every statement Signet ever runs, apart from migrations. Tests walk this list: each is prepared on both engines,
//! each write is broken twice on both.

use crate::sql::Sql;
use crate::{
    account, audit_entry, authenticator, ceremony, credential, examine, group, key, link, outbox, session, setting,
};

static REGISTRY: &[&[&Sql]] = &[
    account::STATEMENTS,
    audit_entry::STATEMENTS,
    authenticator::STATEMENTS,
    ceremony::STATEMENTS,
    credential::STATEMENTS,
    examine::STATEMENTS,
    group::STATEMENTS,
    key::STATEMENTS,
    link::STATEMENTS,
    outbox::STATEMENTS,
    session::STATEMENTS,
    setting::STATEMENTS,
];

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Sql> {
    REGISTRY.iter().flat_map(|feature| feature.iter().copied())
}
