//! Everything that was said about each setting, and everything that was wrong with it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use vocab::url::PublicUrl;

use super::error::{Errors, Place};
use super::raw::Raw;
use super::read::{Reading, Wrong};
use super::settings::Setting;

#[derive(Default)]
pub(super) struct Sheet {
    /// Strongest source first: sources are gathered in the order of their strength.
    given: BTreeMap<&'static str, Vec<(Place, Raw)>>,
    pub(super) errors: Errors,
}

impl Sheet {
    pub(super) fn give(&mut self, path: &'static str, place: Place, raw: Raw) {
        self.given.entry(path).or_default().push((place, raw));
    }

    /// What the strongest source said.
    pub(super) fn strongest(&self, path: &str) -> Option<&(Place, Raw)> {
        self.given.get(path).and_then(|all| all.first())
    }

    /// Reads what every source said, so that an error in a source that is overridden today is still found.
    pub(super) fn take<T>(&mut self, path: &'static str, read: impl Fn(&Raw) -> Reading<T>) -> Option<T> {
        let mut strongest = None;
        for (place, raw) in self.given.get(path).into_iter().flatten() {
            match read(raw) {
                Ok(value) => strongest = strongest.or(Some(value)),
                Err(wrong) => self.errors.push(place.clone(), sentence(path, raw, &wrong)),
            }
        }
        strongest
    }

    /// A rule across settings was broken; it is reported where the named setting came from.
    pub(super) fn refuse(&mut self, path: &'static str, why: &str) {
        let place = self.strongest(path).map_or(Place::Default, |(place, _)| place.clone());
        self.errors.push(place, format!("{path} {why}"));
    }

    /// The public URL that other defaults follow, as far as it can be read.
    pub(super) fn public_url(&self) -> Option<PublicUrl> {
        self.strongest("server.public_url").and_then(|(_, raw)| PublicUrl::parse(raw.text()?).ok())
    }

    /// The port that a default public URL follows, as far as it can be read.
    pub(super) fn port_to_listen_on(&self) -> u16 {
        let listen = self.strongest("server.listen").and_then(|(_, raw)| raw.text()?.parse::<SocketAddr>().ok());
        listen.map_or(8080, |address| address.port())
    }
}

fn sentence(path: &str, raw: &Raw, wrong: &Wrong) -> String {
    let setting = Setting::named(path);
    let takes = setting.map_or("something else", |setting| setting.takes);
    let found = match wrong {
        Wrong::Because(why) => return format!("{path} {why}"),
        _ if setting.is_none_or(Setting::is_secret) => "something that is not shown, because it is secret".to_owned(),
        Wrong::Kind => raw.found(),
        Wrong::Item(item) => item.found(),
    };
    format!("{path} must be {takes}; found {found}")
}
