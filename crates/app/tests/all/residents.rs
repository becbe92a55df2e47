//! People with passkeys and sessions, and what may be done to their rows behind the house's back.

use app::{Actor, App};
use audit::Event;
use store::{CredentialRow, SessionRow};
use testkit::House;
use vocab::{AccountId, CredentialId, DisplayName};

use crate::damages::Damage;
use crate::people::{Person, found_in_letter, set_up, stranger, synced, with_address};

/// The owner, and somebody who signed up; another account beside them.
pub(crate) struct Residents {
    maren: AccountId,
    wanda: AccountId,
    ada: AccountId,
    /// One that is used and was given another name, and one that was removed.
    used: CredentialRow,
    removed: CredentialRow,
    /// Opened by the one that is used, and by the one that was removed.
    open: SessionRow,
    ended: SessionRow,
}

impl Residents {
    pub(crate) async fn come_in(house: &House, app: &App, maren: AccountId) -> Self {
        let link = app.setup().offer(&app.ctx(Actor::System)).await.unwrap().unwrap();
        let wanda = set_up(app, link.expose(), "wanda").await.unwrap().account;
        let ada = Person::new(app, with_address("ada", "ada@example.org"), synced()).await;
        app.outbox().work(10).await.unwrap();
        let (who, ctx) = (ada.signed_in(app).await, stranger(app).acting(ada.account));
        app.addresses().confirm(&ctx, &who, &found_in_letter(house, "ada@example.org")).await.unwrap().unwrap();
        let first = ada.passkeys(app).await.remove(0).id;
        for name in ["Work laptop", "Laptop"] {
            let name = DisplayName::parse(name).unwrap();
            app.credentials().rename(&ctx, &who, (first, &name)).await.unwrap().unwrap();
        }
        let (passkey, second) = ada.add(app, &synced()).await.unwrap();
        Person { passkey, ..ada.clone() }.sign_in(app).await.unwrap();
        app.credentials().remove(&ctx, &who, second.id).await.unwrap().unwrap();

        let (mut credentials, mut sessions) = rows(app, ada.account).await;
        let mut credential = |id: CredentialId| credentials.extract_if(.., |row| row.id == id).next().unwrap();
        let (used, removed) = (credential(first), credential(second.id));
        let mut session = |by: CredentialId| sessions.extract_if(.., |row| row.credential_id == by).next().unwrap();
        let (open, ended) = (session(used.id), session(removed.id));
        assert!(open.ended_at.is_none() && ended.ended_at.is_some());
        Self { maren, wanda, ada: ada.account, used, removed, open, ended }
    }
}

async fn rows(app: &App, account: AccountId) -> (Vec<CredentialRow>, Vec<SessionRow>) {
    let read = app.store().read(account, |account, snapshot| {
        Box::pin(
            async move { Ok((snapshot.list_credentials(*account).await?, snapshot.list_sessions(*account).await?)) },
        )
    });
    read.await.unwrap()
}

fn entries_gone(house: &House, account: AccountId, event: Event) -> String {
    let account = house.literal(account.bytes());
    format!("DELETE FROM audit_entries WHERE account_id = {account} AND event = {}", event.code())
}

pub(crate) fn about_passkeys(house: &House, residents: &Residents) -> Vec<Damage> {
    let Residents { wanda, ada, used, removed, .. } = residents;
    let [u, r] = [used, removed].map(|row| house.literal(row.id.bytes()));
    let (raw_id, other, key) = (house.literal(&used.raw_id), house.literal(&[9; 32]), house.literal(&used.public_key));
    let set_of = |row: &str, what: &str| format!("UPDATE credentials SET {what} WHERE id = {row}");
    let looked_up = |what: &str| format!("UPDATE credential_ids SET {what} WHERE raw_id = {raw_id}");
    let of = |row: &CredentialRow, what: &str| format!("account {ada}: passkey {} {what}", row.id);
    let renamed = |row| of(row, "has another name than its entries say, or none tells of it");
    let otherwise = |row, state: &str| of(row, &format!("is {state} and its entries say otherwise"));
    let another = of(used, "is not the one that was registered");
    let unfound = format!("account {ada}: one of its passkeys is not found by its id");
    let copied = format!(
        "INSERT INTO credentials (account_id, id, raw_id, public_key, algorithm, sign_count, aaguid, attestation, \
         transports, is_backup_eligible, is_backed_up, is_user_verified, name, state, rev, made_at) \
         SELECT account_id, {id}, {other}, public_key, algorithm, 0, aaguid, attestation, transports, \
         is_backup_eligible, is_backed_up, is_user_verified, name, 'active', 1, made_at FROM credentials WHERE id = {u}; \
         INSERT INTO credential_ids (raw_id, account_id, credential_id) VALUES ({other}, {a}, {id})",
        id = house.literal(&[9; 16]),
        a = house.literal(ada.bytes()),
    );
    let strange = CredentialId::from_bytes([9; 16]);
    Damage::all([
        (set_of(&u, "name = 'Work laptop'"), renamed(used)),
        (set_of(&r, "state = 'active'"), otherwise(removed, "active")),
        (set_of(&r, "state = 'active', removed_at = NULL"), otherwise(removed, "active")),
        (set_of(&u, "state = 'removed', removed_at = made_at"), otherwise(used, "removed")),
        (set_of(&r, "removed_at = removed_at + 1"), otherwise(removed, "removed")),
        (
            format!("DELETE FROM credentials WHERE id = {u}"),
            format!("account {ada}: its entries speak of passkey {}, which does not exist", used.id),
        ),
        (format!("DELETE FROM credential_ids WHERE raw_id = {raw_id}"), unfound.clone()),
        (looked_up(&format!("account_id = {}", house.literal(wanda.bytes()))), unfound.clone()),
        (looked_up(&format!("credential_id = {r}")), unfound),
        (set_of(&u, &format!("public_key = {}", house.literal(&removed.public_key))), another.clone()),
        (
            format!("{}; {}", set_of(&u, &format!("raw_id = {other}")), looked_up(&format!("raw_id = {other}"))),
            another.clone(),
        ),
        (set_of(&u, "made_at = made_at - 86400000000"), another.clone()),
        (set_of(&u, "is_backup_eligible = NOT is_backup_eligible"), another),
        (set_of(&r, &format!("public_key = {key}")), of(removed, "is not the one that was registered")),
        (
            copied,
            format!("account {ada}: passkey {strange} has another name than its entries say, or none tells of it"),
        ),
        (set_of(&u, "standing = 'suspended'"), otherwise(used, "suspended")),
        (set_of(&u, "standing_because = 'held'"), otherwise(used, "good")),
        (entries_gone(house, *ada, Event::CredentialRenamed), renamed(used)),
        (entries_gone(house, *ada, Event::CredentialRemoved), otherwise(removed, "removed")),
    ])
}

pub(crate) fn about_sessions(house: &House, residents: &Residents) -> Vec<Damage> {
    let Residents { wanda, ada, removed, open, ended, .. } = residents;
    let [o, e] = [open, ended].map(|row| house.literal(row.id.bytes()));
    let set_of = |row: &str, what: &str| format!("UPDATE sessions SET {what} WHERE id = {row}");
    let of = |row: &SessionRow, what: &str| format!("account {ada}: session {} {what}", row.id);
    let otherwise =
        |row: &SessionRow| format!("account {ada}: whether session {} has ended, its entries say otherwise", row.id);
    let lost = format!("account {ada}: its entries speak of session {}, which does not exist", open.id);
    let another = of(open, "is not the one that was opened");
    let copied = format!(
        "INSERT INTO sessions (account_id, id, digest, credential_id, opened_at, verified_at, ends_at, last_seen_at, \
         device) SELECT account_id, {}, digest, credential_id, opened_at, verified_at, ends_at, last_seen_at, device \
         FROM sessions WHERE id = {o}",
        house.literal(&[9; 16])
    );
    let strange = vocab::SessionId::from_bytes([9; 16]);
    let mut all = Damage::all([
        (set_of(&o, "ended_at = opened_at"), otherwise(open)),
        (set_of(&e, "ended_at = NULL"), otherwise(ended)),
        (set_of(&e, "ended_at = ended_at + 1"), otherwise(ended)),
        (set_of(&o, "opened_at = opened_at - 1"), of(open, "was opened when no entry says so")),
        (set_of(&o, "ends_at = ends_at + 86400000000"), another.clone()),
        (set_of(&o, "verified_at = verified_at + 86400000000"), another.clone()),
        (set_of(&o, &format!("digest = {}", house.literal(&[9; 32]))), another.clone()),
        (set_of(&o, &format!("credential_id = {}", house.literal(removed.id.bytes()))), another),
        (copied, format!("account {ada}: session {strange} was opened and no entry says so")),
        (format!("DELETE FROM sessions WHERE id = {o}"), lost.clone()),
        (entries_gone(house, *ada, Event::SessionEnded), otherwise(ended)),
    ]);
    all.push(Damage {
        statements: set_of(&o, &format!("account_id = {}", house.literal(wanda.bytes()))),
        findings: vec![lost, format!("account {wanda}: session {} was opened and no entry says so", open.id)],
    });
    all
}

pub(crate) fn about_names_and_set_up(house: &House, residents: &Residents) -> Vec<Damage> {
    let Residents { maren, wanda, ada, .. } = residents;
    let [m, w, a] = [maren, wanda, ada].map(|id| house.literal(id.bytes()));
    let role = |role: &str, of: &str| format!("UPDATE accounts SET role = '{role}' WHERE id = {of}");
    let names = |of: &AccountId| format!("account {of}: its identifiers are not the ones its entries speak of");
    let mut all = Damage::all([
        (role("owner", &a), format!("account {ada}: its role is owner and its entries say otherwise")),
        (role("person", &w), format!("account {wanda}: its role is person and its entries say otherwise")),
        (
            format!(
                "INSERT INTO identifiers (kind, canonical, account_id, typed, made_at) \
                 VALUES ('email', 'eve@evil.example', {w}, 'eve@evil.example', 1)"
            ),
            names(wanda),
        ),
        (entries_gone(house, *ada, Event::AddressConfirmed), names(ada)),
        (
            "UPDATE settings SET value = '0' WHERE name = 'setup_latch'".to_owned(),
            "the set-up latch is open and an entry says that somebody was set up".to_owned(),
        ),
        (
            format!("{}; {}", entries_gone(house, *wanda, Event::SetupCompleted), role("person", &w)),
            "the set-up latch is closed and no entry says that anybody was set up".to_owned(),
        ),
    ]);
    let both = vec![names(maren), names(ada)];
    let moved = format!("UPDATE identifiers SET account_id = {a} WHERE kind = 'email' AND account_id = {m}");
    let exchanged = format!(
        "UPDATE identifiers SET account_id = CASE account_id WHEN {m} THEN {a} ELSE {m} END \
         WHERE kind = 'email' AND account_id IN ({m}, {a})"
    );
    all.extend([moved, exchanged].map(|statements| Damage { statements, findings: both.clone() }));
    all
}
