//! The list of models, fetched from where it is published.

use std::time::Duration;

use app::authenticators::{Brought, NotBrought, Refusal};
use app::{Actor, App, Fetched, Signer, Site, Unfetched, Wiring};
use audit::Event;
use authenticator::metadata::published;
use testkit::{House, check_everything};
use vocab::url::RemoteUrl;
use webauthn::metadata::NotTaken;

use crate::acts::events;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const SOURCE: &str = "https://mds.example.org/list";

fn list(number: u64) -> Vec<u8> {
    published(number, &[]).into_bytes()
}

fn lies_there(number: u64, version: &str) -> Result<Fetched, Unfetched> {
    Ok(Fetched::Document { bytes: list(number), known_as: Some(version.to_owned()) })
}

fn away() -> Result<Fetched, Unfetched> {
    Err(Unfetched("it answers 503 Service Unavailable".to_owned()))
}

fn site(url: &str) -> Site {
    Site { list_url: Some(RemoteUrl::parse(url).unwrap()), ..testkit::site() }
}

/// Two nodes that know where lists are published.
async fn nodes(house: &House) -> [App; 2] {
    let store = house.open(None).await;
    let wiring = |store| Wiring { site: site(SOURCE), ..house.wiring(store) };
    [App::start(wiring(store.clone())).await.unwrap(), App::start(wiring(store)).await.unwrap()]
}

async fn renewed(app: &App) -> Option<Result<Brought, NotBrought>> {
    app.authenticators().renew().await.unwrap()
}

async fn known(app: &App) -> Option<u64> {
    app.authenticators().known().await.unwrap().map(|known| known.number)
}

async fn missing(app: &App) -> Option<String> {
    app.authenticators().missing().await.unwrap().map(|missing| missing.why)
}

fn is_new(renewed: &Option<Result<Brought, NotBrought>>) -> bool {
    matches!(renewed, Some(Ok(Brought::New(_))))
}

testkit::on_both_engines! {
    fn nobody_is_asked_where_no_address_was_given(house) {
        let app = house.app().await;
        assert!(renewed(&app).await.is_none() && house.shelf.asked().is_empty());
        assert_eq!(missing(&app).await, None);
    }

    fn one_node_asks_for_all_once_a_day(house) {
        let [one, other] = nodes(house).await;
        house.shelf.lay(lies_there(7, "seven"));
        let both = tokio::join!(renewed(&one), renewed(&other));
        assert_eq!([is_new(&both.0), is_new(&both.1)].iter().filter(|new| **new).count(), 1);
        assert_eq!((known(&one).await, known(&other).await), (Some(7), Some(7)));
        house.clock.advance(DAY - HOUR);
        assert!(renewed(&one).await.is_none() && renewed(&other).await.is_none());
        house.shelf.lay(Ok(Fetched::Unchanged));
        house.clock.advance(HOUR);
        assert!(matches!(renewed(&other).await, Some(Ok(Brought::Known(Some(7))))));
        house.clock.advance(DAY);
        house.shelf.lay(lies_there(8, "eight"));
        assert!(is_new(&renewed(&one).await));
        let versions: Vec<_> = house.shelf.asked().into_iter().map(|(_, version)| version).collect();
        let seven = || Some("seven".to_owned());
        assert_eq!(versions, [None, seven(), seven()]);
        assert!(house.shelf.asked().iter().all(|(url, _)| url == SOURCE));
        assert_eq!((known(&other).await, events(&one).await[&Event::MetadataImported.code()]), (Some(8), 2));
        check_everything(&one).await;
    }

    /// F20, M2: a list that does not come, or is not good, takes nothing from the one there is.
    fn f20_the_last_good_list_is_kept_and_another_is_asked_for_within_the_hour(house) {
        let [app, _] = nodes(house).await;
        house.shelf.lay(lies_there(7, "seven"));
        renewed(&app).await;
        house.clock.advance(DAY);
        let since = house.clock.time();
        let forged = Ok(Fetched::Document { bytes: b"no list".to_vec(), known_as: Some("forged".to_owned()) });
        let older = "list 7 is known already, and this one, 6, is older";
        for (answer, why) in [
            (away(), "it answers 503 Service Unavailable".to_owned()),
            (forged, NotTaken::NotSigned.to_string()),
            (lies_there(6, "six"), older.to_owned()),
        ] {
            house.shelf.lay(answer);
            assert_eq!(renewed(&app).await.unwrap().unwrap_err().to_string(), why);
            assert_eq!((missing(&app).await, known(&app).await), (Some(why), Some(7)));
            assert!(renewed(&app).await.is_none(), "whoever is away is not pressed");
            house.clock.advance(HOUR);
        }
        assert_eq!(app.authenticators().missing().await.unwrap().unwrap().since, since);
        let asked = house.shelf.asked();
        assert_eq!(asked.last().unwrap().1, None, "a version that was not taken is not known");
        house.shelf.lay(lies_there(8, "eight"));
        assert!(is_new(&renewed(&app).await));
        assert_eq!((missing(&app).await, known(&app).await), (None, Some(8)));
    }

    /// F20: it is not left at that.
    fn where_there_should_be_another_it_is_asked_for_every_hour(house) {
        let [app, _] = nodes(house).await;
        house.shelf.lay(lies_there(7, "seven"));
        renewed(&app).await;
        house.clock.advance(DAY * 3650);
        assert!(app.authenticators().overdue().await.unwrap() > 0);
        for _ in 0..3 {
            assert!(renewed(&app).await.is_some());
            assert!(renewed(&app).await.is_none());
            house.clock.advance(HOUR);
        }
    }

    fn what_was_learned_of_one_source_says_nothing_of_another(house) {
        let [app, _] = nodes(house).await;
        house.shelf.lay(lies_there(7, "seven"));
        renewed(&app).await;
        let elsewhere = Wiring { site: site("https://mirror.example.org/"), ..house.wiring(app.store().clone()) };
        let elsewhere = App::start(elsewhere).await.unwrap();
        assert!(matches!(renewed(&elsewhere).await, Some(Ok(Brought::Known(Some(7))))));
        let renamed = Signer { host: Some("elsewhere.example.org".to_owned()), ..testkit::site().list_signer };
        let otherwise = Wiring { site: Site { list_signer: renamed, ..site(SOURCE) }, ..house.wiring(app.store().clone()) };
        let otherwise = App::start(otherwise).await.unwrap();
        assert!(matches!(renewed(&otherwise).await, Some(Err(NotBrought::Refused(Refusal::NotTaken(_))))));
        assert!(house.shelf.asked().iter().all(|(_, version)| version.is_none()));
    }

    /// A node that ended while it waited keeps nobody from asking.
    fn whoever_went_and_did_not_come_back_is_followed(house) {
        let [one, other] = nodes(house).await;
        house.shelf.lay(lies_there(7, "seven"));
        renewed(&one).await;
        house.damage("UPDATE settings SET value = replace(value, '\"came\"', '\"awaited\"') WHERE name = 'list_sought'").await;
        assert!(renewed(&other).await.is_none());
        house.clock.advance(HOUR / 12);
        assert!(renewed(&other).await.is_some());
    }

    fn an_operator_asks_at_any_time_and_anywhere(house) {
        let app = house.app().await;
        let url = RemoteUrl::parse(SOURCE).unwrap();
        let bring = async || app.authenticators().bring(&app.ctx(Actor::Operator), &url).await.unwrap();
        house.shelf.lay(away());
        assert!(matches!(bring().await, Err(NotBrought::Unfetched(_))));
        house.shelf.lay(lies_there(7, "seven"));
        assert!(matches!(bring().await, Ok(Brought::New(_))));
        assert!(matches!(bring().await, Ok(Brought::Known(Some(7)))));
        assert_eq!(known(&app).await, Some(7));
    }
}
