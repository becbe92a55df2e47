//! The examination: whatever is damaged behind the house's back is found, and nothing else is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use app::keys::Use;
use app::{Actor, App, Purpose};
use audit::{Entry, Event, Pseudonym, details_digest, leaf};
use store::EntryRow;
use store::fence::Fence;
use testkit::{House, check_everything};
use vocab::{AccountId, DisplayName, Label, Timestamp};

use crate::acts::{create, disable, entries_of};
use crate::damages::{Residents, about_names_and_set_up, about_passkeys, about_sessions};
use crate::people::{Person, set_up, stranger, synced};

const MINUTE: Duration = Duration::from_secs(60);
/// A day of a session's life and a week for which it is remembered, and a little more.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(8 * 24 * 60 * 60 + 30);

/// A house with some past, and what stands in it.
struct Past {
    maren: AccountId,
    olga: AccountId,
    of_maren: EntryRow,
    /// The system's own entries, oldest first.
    own: Vec<EntryRow>,
    /// When the second and the third cookie key were made.
    rotated: [Timestamp; 2],
    residents: Residents,
}

/// One thing done to a database, and the findings it must lead to.
pub(crate) struct Damage {
    pub(crate) statements: String,
    pub(crate) findings: Vec<String>,
}

impl Damage {
    pub(crate) fn all(table: impl IntoIterator<Item = (String, String)>) -> Vec<Self> {
        table.into_iter().map(|(statements, finding)| Self { statements, findings: vec![finding] }).collect()
    }
}

async fn build(house: &House) -> Past {
    let app = house.app().await;
    let maren = create(&app, "maren").await;
    let olga = create(&app, "olga").await;
    house.clock.advance(MINUTE);
    disable(&app, "olga").await;
    let mut rotated = [app.now(); 2];
    for at in &mut rotated {
        *at = app.now();
        app.keys().rotate(&app.ctx(Actor::Operator), Use::Cookie).await.unwrap().unwrap();
        house.clock.advance(MINUTE);
    }
    app.fence().accept_restore(&app.ctx(Actor::Operator)).await.unwrap();
    let residents = Residents::come_in(house, &app, maren).await;
    let examined = check_everything(&app).await;
    assert_eq!((examined.accounts, examined.credentials, examined.sessions), (4, 3, 3));
    assert_eq!((examined.entries, examined.keys, examined.jobs_due), (25, 6, 2));
    let of_maren = entries_of(&app, maren).await.remove(0);
    Past { maren, olga, of_maren, own: entries_of(&app, AccountId::NOBODY).await, rotated, residents }
}

/// What people do, one thing after another.
async fn live(app: &App, name: &str) {
    let mut person = Person::named(app, name).await;
    let (passkey, second) = person.add(app, &synced()).await.unwrap();
    let mut elsewhere = Person { passkey, ..person.clone() };
    elsewhere.sign_in(app).await.unwrap();
    person.step_up(app).await;
    let (ctx, who) = (stranger(app).acting(person.account), person.signed_in(app).await);
    for name in ["Phone", "Old phone"] {
        let name = DisplayName::parse(name).unwrap();
        app.credentials().rename(&ctx, &who, (second.id, &name)).await.unwrap().unwrap();
    }
    app.credentials().remove(&ctx, &who, second.id).await.unwrap().unwrap();
    elsewhere.sign_in(app).await.unwrap_err();
    person.sign_in(app).await.unwrap();
    app.sessions().end_all(&ctx, &person.signed_in(app).await).await.unwrap().unwrap();
}

/// The entry as somebody would forge it who can write the database and has no key.
fn forged(house: &House, row: &EntryRow, change: impl FnOnce(&mut Entry)) -> String {
    let mut entry = Entry::decode(&row.bytes).unwrap();
    change(&mut entry);
    let bytes = entry.encode();
    let (text, digest) = (house.literal(&bytes), house.literal(leaf(&bytes).bytes()));
    format!("UPDATE audit_entries SET bytes = {text}, digest = {digest} WHERE {}", is(house, row))
}

fn is(house: &House, row: &EntryRow) -> String {
    format!("id = {}", house.literal(row.place.id.bytes()))
}

fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    bytes
}

fn about_accounts(house: &House, past: &Past) -> Vec<Damage> {
    let Past { maren, olga, .. } = past;
    let (m, o) = (house.literal(maren.bytes()), house.literal(olga.bytes()));
    let key = format!("account {maren}: the subject key of {maren}:");
    let row = |account: &str| {
        format!(
            "DELETE FROM identifiers WHERE account_id = {account}; \
        DELETE FROM subject_keys WHERE account_id = {account}; DELETE FROM accounts WHERE id = {account}"
        )
    };
    let table = [
        (format!("DELETE FROM subject_keys WHERE account_id = {m}"), format!("account {maren}: it has no subject key")),
        (
            format!(
                "UPDATE subject_keys SET wrapped = (SELECT wrapped FROM subject_keys WHERE account_id = {o}) \
                     WHERE account_id = {m}"
            ),
            format!("{key} it does not open"),
        ),
        (
            format!("UPDATE subject_keys SET key_id = {} WHERE account_id = {m}", house.literal(&[9; 16])),
            format!("{key} it is wrapped under a key nobody knows"),
        ),
        (format!("DELETE FROM identifiers WHERE account_id = {m}"), format!("account {maren}: nothing names it")),
        (
            format!(
                "{}UPDATE identifiers SET kind = 'badge' WHERE kind = 'email' AND account_id = {m}",
                unchecked(house)
            ),
            format!("account {maren}: an identifier of kind badge"),
        ),
        (
            format!("UPDATE identifiers SET canonical = 'eve' WHERE kind = 'username' AND account_id = {m}"),
            format!("account {maren}: the canonical form of its username is not what it should be"),
        ),
        (
            format!("UPDATE identifiers SET typed = 'eve@evil.example' WHERE kind = 'email' AND account_id = {m}"),
            format!("account {maren}: the canonical form of its email is not what it should be"),
        ),
        (
            format!("UPDATE accounts SET made_at = made_at + 1 WHERE id = {m}"),
            format!("account {maren}: no single entry says when it was made"),
        ),
        (
            format!("DELETE FROM audit_entries WHERE account_id = {m}"),
            format!("account {maren}: no single entry says when it was made"),
        ),
        (
            format!("UPDATE accounts SET state = 'disabled', disabled_at = made_at WHERE id = {m}"),
            format!("account {maren}: it is disabled and its entries say otherwise"),
        ),
        (
            format!("UPDATE accounts SET state = 'active', disabled_at = NULL WHERE id = {o}"),
            format!("account {olga}: it is active and its entries say otherwise"),
        ),
        (
            format!("DELETE FROM audit_entries WHERE account_id = {o} AND event = {}", Event::AccountDisabled.code()),
            format!("account {olga}: it is disabled and its entries say otherwise"),
        ),
        (
            format!("{}; DELETE FROM outbox WHERE account_id = {o}", row(&o)),
            format!("entries speak of account {olga}, which does not exist"),
        ),
        (
            format!("{}; DELETE FROM audit_entries WHERE account_id = {o}", row(&o)),
            format!("work waits for account {olga}, which does not exist"),
        ),
    ];
    Damage::all(table)
}

/// On PostgreSQL nobody passes a CHECK; somebody who may alter the table takes it away.
fn unchecked(house: &House) -> &'static str {
    if house.is_postgres() { "ALTER TABLE identifiers DROP CONSTRAINT identifiers_kind_check; " } else { "" }
}

fn about_entries(house: &House, past: &Past) -> Vec<Damage> {
    let Past { maren, of_maren, own, .. } = past;
    let (here, first) = (is(house, of_maren), &own[0]);
    let of = format!("account {maren}: entry {}:", of_maren.place.id);
    let set = |column: &str, bytes: &[u8], place: &str| {
        format!("UPDATE audit_entries SET {column} = {} WHERE {place}", house.literal(bytes))
    };
    let strange = b"sealed by somebody else entirely".to_vec();
    let table = [
        (
            set("bytes", &[of_maren.bytes.as_slice(), &[0]].concat(), &here),
            format!("{of} its bytes are not an entry: "),
        ),
        (set("digest", &flipped(&of_maren.digest), &here), format!("{of} its digest is not the digest of its bytes")),
        (
            set("details", &flipped(&of_maren.details), &here),
            format!("{of} its details are not the ones it was written with"),
        ),
        (
            format!("UPDATE audit_entries SET at = at + 1 WHERE {}", is(house, first)),
            format!("entry {}: it is filed under another event or time", first.place.id),
        ),
        (
            format!("UPDATE audit_entries SET event = 99 WHERE {}", is(house, first)),
            format!("entry {}: it is filed under another event or time", first.place.id),
        ),
        (
            format!(
                "{}; {}",
                forged(house, of_maren, |entry| entry.details = details_digest(&strange)),
                set("details", &strange, &here)
            ),
            format!("{of} its details were not sealed for what it says now"),
        ),
        (
            forged(house, of_maren, |entry| entry.actor = audit::Actor::System),
            format!("{of} its details were not sealed for what it says now"),
        ),
        (
            forged(house, first, |entry| entry.node = Label::parse("another").unwrap()),
            format!("entry {}: its details were not sealed for what it says now", first.place.id),
        ),
        (
            forged(house, of_maren, |entry| entry.subject = Some(Pseudonym::from_bytes([9; 32]))),
            format!("{of} it speaks of another subject"),
        ),
        (
            forged(house, first, |entry| entry.subject = Some(Pseudonym::from_bytes([9; 32]))),
            format!("entry {}: it speaks of another subject", first.place.id),
        ),
        (
            set("details", &first.details[..15], &is(house, first)),
            format!("entry {}: its details are cut short", first.place.id),
        ),
        (
            set("details", &[&[9; 16], &first.details[16..]].concat(), &is(house, first)),
            format!("entry {}: its details lie under a key nobody knows", first.place.id),
        ),
    ];
    Damage::all(table)
}

fn about_keys_and_restores(house: &House, past: &Past) -> Vec<Damage> {
    let made = |at: Timestamp| {
        let own = past.own.iter();
        is(house, own.clone().find(|row| row.at == at && row.event == Event::KeyMade.code().cast_signed()).unwrap())
    };
    let disagree = "the keys and the entries that speak of keys do not agree";
    let table = [
        (format!("DELETE FROM audit_entries WHERE {}", made(past.rotated[1])), disagree),
        ("UPDATE keys SET state = 'retired' WHERE use_for = 'cookie' AND serial = 1".to_owned(), disagree),
        (
            format!(
                "DELETE FROM keys WHERE use_for = 'cookie' AND serial = 2; DELETE FROM audit_entries WHERE {}",
                made(past.rotated[0])
            ),
            "the keys for cookie are numbered [1, 3]",
        ),
        (
            "UPDATE keys SET not_before = not_before + 86400000000 WHERE use_for = 'cookie' AND serial > 1".to_owned(),
            "2 keys wait to be the next for cookie",
        ),
        (
            "UPDATE settings SET value = '7' WHERE name = 'restore_epoch'".to_owned(),
            "the restore epoch is 7 and the entries speak of 1",
        ),
        (
            format!("DELETE FROM audit_entries WHERE event = {}", Event::RestoreAccepted.code()),
            "the restore epoch is 1 and the entries speak of 0",
        ),
    ];
    Damage::all(table.map(|(statements, finding)| (statements, finding.to_owned())))
}

/// What is outside the database does not tell: somebody took that away too.
async fn findings_of(damaged: House) -> Vec<String> {
    if Fence::is_in(damaged.folder()) {
        std::fs::remove_file(damaged.folder().join("fence")).unwrap();
    }
    let app = damaged.app().await;
    let findings = app.check_everything().await.unwrap().findings;
    drop(app);
    damaged.leave().await;
    findings
}

testkit::on_both_engines! {
    fn each_kind_of_damage_is_found_and_nothing_else(house) {
        let past = build(house).await;
        let kinds = [
            about_accounts(house, &past),
            about_entries(house, &past),
            about_keys_and_restores(house, &past),
            about_passkeys(house, &past.residents),
            about_sessions(house, &past.residents),
            about_names_and_set_up(house, &past.residents),
        ];
        let mut count = 0;
        for damage in kinds.into_iter().flatten() {
            let damaged = house.copy().await;
            damaged.damage(&damage.statements).await;
            let mut findings = findings_of(damaged).await;
            let expected = &damage.findings;
            findings.sort_by_key(|found| expected.iter().position(|finding| found.starts_with(finding)));
            let agrees = findings.len() == expected.len() && findings.iter().zip(expected).all(|(f, e)| f.starts_with(e));
            assert!(agrees, "{}\n{expected:#?}\n{findings:#?}", damage.statements);
            count += 1;
        }
        testkit::tell(format_args!("{count} damages found one by one"));
        check_everything(&house.app().await).await;
    }

    /// An examination beside nodes that go on working finds nothing that is not there.
    fn what_happens_during_an_examination_is_no_finding(house) {
        let [examiner, worker] = house.two_nodes().await;
        let over = Arc::new(AtomicBool::new(false));
        let (clock, still) = (house.clock.clone(), Arc::clone(&over));
        let working = tokio::spawn(async move {
            let mut number = 0;
            while !still.load(SeqCst) {
                let name = format!("maren{number}");
                create(&worker, &name).await;
                disable(&worker, &name).await;
                live(&worker, &format!("ada{number}")).await;
                worker.failures().count(&stranger(&worker), "a reason");
                clock.advance(MINUTE);
                worker.failures().write_down().await.unwrap();
                for use_for in Use::ALL {
                    worker.keys().rotate(&worker.ctx(Actor::Operator), use_for).await.unwrap().unwrap();
                }
                worker.fence().accept_restore(&worker.ctx(Actor::Operator)).await.unwrap();
                worker.keys().reconcile().await.unwrap();
                match number {
                    5 => {
                        let link = worker.setup().offer(&worker.ctx(Actor::System)).await.unwrap().unwrap();
                        set_up(&worker, link.expose(), "wanda").await.unwrap();
                    }
                    10 => {
                        clock.advance(FORGOTTEN_AFTER);
                        worker.upkeep().reconcile().await.unwrap();
                    }
                    _ => {}
                }
                number += 1;
            }
            number
        });
        while !working.is_finished() {
            let examined = check_everything(&examiner).await;
            over.fetch_or(examined.accounts >= 40, SeqCst);
        }
        assert!(working.await.unwrap() >= 19);
        check_everything(&examiner).await;
    }

    /// A database from before the set-up comes back; its node remembers that somebody was set up.
    fn f17_a_latch_that_a_restore_has_closed_is_no_finding(house) {
        let app = house.app().await;
        let link = app.setup().offer(&app.ctx(Actor::System)).await.unwrap().unwrap();
        drop(app);
        let backup = house.copy().await;
        let wiring = house.wiring(house.open(None).await);
        let remembered = wiring.fence_folder.clone();
        let app = App::start(wiring).await.unwrap();
        set_up(&app, link.expose(), "wanda").await.unwrap();
        let mut wiring = backup.wiring(backup.open(None).await);
        wiring.fence_folder = remembered;
        let restored = App::open(wiring, Purpose::AcceptRestore).await.unwrap();
        restored.fence().accept_restore(&restored.ctx(Actor::Operator)).await.unwrap();
        assert!(restored.setup().offer(&restored.ctx(Actor::System)).await.unwrap().is_none());
        check_everything(&restored).await;
        drop(restored);
        backup.leave().await;
    }
}
