//! Moving from one domain to another: what is bound to which, and who has nothing for the new one yet.

use store::{AccountRow, Fault, IdentifierRow};
use vocab::{AccountId, RpId};

pub use store::Bound;

use crate::App;

/// Somebody whose passkeys are all of other domains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    pub account: AccountId,
    pub display_name: String,
    pub identifiers: Vec<String>,
}

pub struct Domains<'a>(&'a App);

impl App {
    pub fn domains(&self) -> Domains<'_> {
        Domains(self)
    }
}

impl Domains<'_> {
    /// Active passkeys of active accounts, by domain.
    pub async fn bound(&self) -> Result<Vec<Bound>, Fault> {
        self.0.store.browse((), |(), snapshot| Box::pin(snapshot.count_bound())).await
    }

    /// Who has passkeys and none for this domain, after this account.
    pub async fn behind(&self, rp_id: &RpId, after: AccountId, limit: i64) -> Result<Vec<Behind>, Fault> {
        let found =
            self.0.store.browse((rp_id.as_str().to_owned(), after, limit), |(rp_id, after, limit), snapshot| {
                Box::pin(async move {
                    let mut found: Vec<(AccountRow, Vec<IdentifierRow>)> = Vec::new();
                    for id in snapshot.list_only_bound_elsewhere(rp_id, *after, *limit).await? {
                        if let Some(account) = snapshot.account(id).await? {
                            found.push((account, snapshot.list_identifiers(id).await?));
                        }
                    }
                    Ok(found)
                })
            });
        Ok(found.await?.into_iter().map(behind).collect())
    }
}

fn behind((account, identifiers): (AccountRow, Vec<IdentifierRow>)) -> Behind {
    let identifiers = identifiers.into_iter().map(|row| row.typed).collect();
    Behind { account: account.id, display_name: account.display_name, identifiers }
}
