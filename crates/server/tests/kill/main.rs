#![cfg(test)]
//! The kill driver: the real `signet`, 32 clients at both of its doors, and a ledger of what was acknowledged that the
//! server cannot touch. After every kill: nothing acknowledged is lost, no ceremony is accepted twice, no change without
//! its entry, no entry without its change (I01, I02, I03, F01, F05).

mod ledger;
mod load;
mod operator;
mod person;
mod promises;
mod questions;
mod race;
mod site;

use std::os::unix::process::ExitStatusExt;

use cluster::{Arm, Cluster, Options};
use load::Load;
use site::{Death, Site};

const KILLS: usize = 10;
/// A kill comes after at least this many acknowledgements to operators, and as many to people, since the one before.
const ACKNOWLEDGED_BEFORE_A_KILL: usize = 100;

/// One round: load until enough is acknowledged, then death, then the next life must remember everything.
async fn kill_server(site: &Site, round: usize, death: Death) {
    let server = site.start(death);
    let load = Load::start(&site.ledger, &[&server], round);
    load.until_acknowledged(ACKNOWLEDGED_BEFORE_A_KILL + round * 7).await;
    match death {
        Death::Anywhere => server.kill(),
        Death::AtSync(_) | Death::AtCommit(_) => {
            std::fs::write(site.armed(), "").unwrap();
            load.until_everybody_is_cut_off().await;
            // The file is taken away by the hand that kills, so the end is certain now, if not reached.
            assert!(!site.armed().exists(), "round {round}: {death:?} did not happen");
            assert_eq!(server.wait().signal(), Some(9), "round {round}");
        }
    }
    load.stop().await;
    site.check(&site.start(Death::Anywhere)).await;
}

fn tell(engine: &str, site: &Site) {
    testkit::tell(format_args!("{engine}: {KILLS} kills, nothing lost: {}", site.ledger.figures()));
}

#[test]
fn f01_ten_kills_lose_nothing_on_sqlite() {
    testkit::run(async {
        let site = Site::new(None);
        for round in 0..KILLS {
            let death = match round {
                3 | 8 => Death::AtSync("after"),
                6 => Death::AtSync("before"),
                _ => Death::Anywhere,
            };
            kill_server(&site, round, death).await;
        }
        tell("sqlite", &site);
    });
}

#[test]
fn f05_ten_kills_lose_nothing_on_postgres() {
    testkit::run(async {
        let mut cluster = Cluster::start(
            Options::default().env("LD_PRELOAD", cluster::shim().unwrap()).env("SIGNET_SHIM_WHEN", "after"),
        )
        .unwrap();
        let site = Site::new(Some(cluster.url("postgres")));
        for (round, death) in
            [Death::Anywhere, Death::AtCommit("before"), Death::Anywhere, Death::AtCommit("after"), Death::Anywhere]
                .into_iter()
                .enumerate()
        {
            kill_server(&site, round, death).await;
        }
        kill_database(&mut cluster, &site).await;
        tell("postgres", &site);
    });
}

/// The other half: the database dies under a server that lives on, once right after it has written a commit.
async fn kill_database(cluster: &mut Cluster, site: &Site) {
    let server = site.start(Death::Anywhere);
    for round in KILLS / 2..KILLS {
        let load = Load::start(&site.ledger, &[&server], round);
        load.until_acknowledged(ACKNOWLEDGED_BEFORE_A_KILL).await;
        if round == KILLS - 1 {
            cluster.arm(Arm::Sync).unwrap(); // whichever process syncs the log next dies on it, then all of it dies
            load.until(|| !cluster.is_armed(Arm::Sync)).await;
        }
        cluster.kill().unwrap();
        cluster.restart().unwrap();
        load.stop().await;
        site.check(&server).await;
    }
}

/// Two servers on one database do the same work together; what one has, the other cannot give away again.
#[test]
fn i15_two_servers_on_one_postgres_share_the_load() {
    testkit::run(async {
        let cluster = Cluster::start(Options::default()).unwrap();
        let site = Site::new(Some(cluster.url("postgres")));
        let first = site.start(Death::Anywhere);
        let second = site.start_another();
        let both = [&first, &second];
        let load = Load::start(&site.ledger, &both, 0);
        load.until_acknowledged(300).await;
        load.stop().await;
        site.check(&first).await;
        site.ledger.check(&second).await;
        race::for_one_username(&both).await;
    });
}

/// Whatever works once works once on all nodes, and what has ended on one has ended on the other.
#[test]
fn f13_two_servers_on_one_postgres_are_one_house() {
    testkit::run(async {
        let cluster = Cluster::start(Options::default()).unwrap();
        let site = Site::new(Some(cluster.url("postgres")));
        let first = site.start(Death::Anywhere);
        let voided = first.setup_link();
        let second = site.start_another();
        let both = [&first, &second];
        race::setup_link_has_ended(&first, &voided).await;
        race::for_the_setup_link(&both, &second.setup_link()).await;
        race::for_one_body(&both).await;
        race::sessions_end_everywhere(&first, &second, "maren").await;
        race::sessions_end_everywhere(&second, &first, "tomas").await;
        site.check(&second).await;
    });
}
