//! From a raw value to a typed one. Each reader says no more than "wrong"; the table says what is accepted.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose::PAD};
use ipnet::IpNet;
use outbound::{NotASender, Sender};
use vocab::url::{PublicUrl, Refusal, RemoteUrl};
use vocab::{DisplayName, Label, Origin, RpId, Secret};
use web::{AndroidApp, AppleApp, Help};

use super::raw::Raw;

/// Why a value was not accepted. No `Debug`, as for `Raw`.
pub(super) enum Wrong {
    /// Not what the table says.
    Kind,
    /// One item of a list is not what the table says.
    Item(Raw),
    /// What the table says, and refused all the same; the words follow the name of the setting.
    Because(&'static str),
}

pub(super) type Reading<T> = Result<T, Wrong>;

/// The key that wraps all other keys.
pub type MasterKey = Secret<[u8; 32]>;

/// Who brings the tables up to the version of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrate {
    Auto,
    Manual,
}

/// For settings that may be absent.
pub(super) fn optional<T>(read: impl Fn(&Raw) -> Reading<T>) -> impl Fn(&Raw) -> Reading<Option<T>> {
    move |raw| match raw {
        Raw::Nothing => Ok(None),
        given => read(given).map(Some),
    }
}

pub(super) fn text(raw: &Raw) -> Reading<&str> {
    raw.text().ok_or(Wrong::Kind)
}

pub(super) fn address(raw: &Raw) -> Reading<SocketAddr> {
    text(raw)?.parse().map_err(|_| Wrong::Kind)
}

pub(super) fn public_url(raw: &Raw) -> Reading<PublicUrl> {
    PublicUrl::parse(text(raw)?).map_err(not_a_url)
}

pub(super) fn remote_url(raw: &Raw) -> Reading<RemoteUrl> {
    RemoteUrl::parse(text(raw)?).map_err(not_a_url)
}

fn not_a_url(refusal: Refusal) -> Wrong {
    match refusal {
        // Not echoed: a password may stand in it.
        Refusal::UserInfo => Wrong::Because("cannot contain a user name or password"),
        _ => Wrong::Kind,
    }
}

pub(super) fn label(raw: &Raw) -> Reading<Label> {
    Label::parse(text(raw)?).map_err(|_| Wrong::Kind)
}

pub(super) fn path(raw: &Raw) -> Reading<PathBuf> {
    match text(raw)? {
        "" => Err(Wrong::Kind),
        path => Ok(PathBuf::from(path)),
    }
}

pub(super) fn switch(raw: &Raw) -> Reading<bool> {
    raw.switch().ok_or(Wrong::Kind)
}

pub(super) fn whole<T: TryFrom<i64>>(range: RangeInclusive<i64>) -> impl Fn(&Raw) -> Reading<T> {
    move |raw| {
        let number = raw.number().filter(|number| range.contains(number)).ok_or(Wrong::Kind)?;
        T::try_from(number).map_err(|_| Wrong::Kind)
    }
}

pub(super) fn one_of<T: Copy>(words: &[(&str, T)]) -> impl Fn(&Raw) -> Reading<T> {
    move |raw| {
        let text = text(raw)?;
        words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning).ok_or(Wrong::Kind)
    }
}

pub(super) fn networks(raw: &Raw) -> Reading<Vec<IpNet>> {
    raw.list().ok_or(Wrong::Kind)?.into_iter().map(|item| network(&item).ok_or(Wrong::Item(item))).collect()
}

pub(super) fn sender(raw: &Raw) -> Reading<Sender> {
    Sender::parse(text(raw)?).map_err(|refusal| match refusal {
        NotASender::NotAscii => {
            Wrong::Because("has letters outside ASCII before the @, which not every mail server carries")
        }
        NotASender::Address | NotASender::Name => Wrong::Kind,
    })
}

pub(super) fn organisation_name(raw: &Raw) -> Reading<String> {
    const LONGEST: usize = 60;
    let name = DisplayName::parse(text(raw)?).map_err(|_| Wrong::Kind)?;
    Some(name.as_str()).filter(|name| name.chars().count() <= LONGEST).map(str::to_owned).ok_or(Wrong::Kind)
}

pub(super) fn help(raw: &Raw) -> Reading<Help> {
    Help::parse(text(raw)?).ok_or(Wrong::Kind)
}

pub(super) fn rp_id(raw: &Raw) -> Reading<RpId> {
    RpId::parse(text(raw)?).ok_or(Wrong::Kind)
}

pub(super) fn tpm_vendors(raw: &Raw) -> Reading<Vec<String>> {
    let is_id = |text: &&str| text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let vendor = |item: Raw| item.text().filter(is_id).map(str::to_owned).ok_or(Wrong::Item(item));
    raw.list().ok_or(Wrong::Kind)?.into_iter().map(vendor).collect()
}

pub(super) fn rp_ids(raw: &Raw) -> Reading<Vec<RpId>> {
    each(raw, RpId::parse)
}

pub(super) fn origins(raw: &Raw) -> Reading<Vec<Origin>> {
    each(raw, Origin::parse)
}

pub(super) fn android_apps(raw: &Raw) -> Reading<Vec<AndroidApp>> {
    each(raw, AndroidApp::parse)
}

pub(super) fn apple_apps(raw: &Raw) -> Reading<Vec<AppleApp>> {
    each(raw, AppleApp::parse)
}

fn each<T>(raw: &Raw, parse: impl Fn(&str) -> Option<T>) -> Reading<Vec<T>> {
    let read = |item: Raw| item.text().and_then(&parse).ok_or(Wrong::Item(item));
    raw.list().ok_or(Wrong::Kind)?.into_iter().map(read).collect()
}

/// A proxy that is everyone would let each client write its own address.
pub(super) fn proxies(raw: &Raw) -> Reading<Vec<IpNet>> {
    let proxies = networks(raw)?;
    if proxies.iter().any(|network| network.prefix_len() == 0) {
        return Err(Wrong::Because("names the whole internet; name the networks of your own proxies"));
    }
    Ok(proxies)
}

/// `10.0.0.0/8`, or one address.
fn network(raw: &Raw) -> Option<IpNet> {
    let text = raw.text()?;
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.ok().map(|network| network.trunc())
}

pub(super) fn master_key(raw: &Raw) -> Reading<MasterKey> {
    let text = text(raw)?;
    from_hex(text).or_else(|| from_base64(text)).map(Secret::new).ok_or(Wrong::Kind)
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect();
    if digits.len() == 64 { bytes.try_into().ok() } else { None }
}

/// Both alphabets, with or without padding.
fn from_base64(text: &str) -> Option<[u8; 32]> {
    const LENIENT: GeneralPurposeConfig = PAD.with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [STANDARD, URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, LENIENT).decode(text).ok())
        .and_then(|bytes| bytes.try_into().ok())
}
