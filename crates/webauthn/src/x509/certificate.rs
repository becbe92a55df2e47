use super::der::{self, Malformed, Reader, Tag};
use super::signature::{Key, Scheme};
use super::{name, oid};

/// A certificate that is well-formed as far as we look at it. Nobody has verified it yet.
// SPEC: RFC 5280 §4.1
#[derive(Clone, Debug)]
pub(crate) struct Certificate<'a> {
    pub(super) whole: &'a [u8],
    signed: &'a [u8],
    version: u32,
    pub(super) serial: &'a [u8],
    /// Names are compared as they are written.
    pub(super) issuer: &'a [u8],
    subject: &'a [u8],
    valid: [Moment; 2],
    key: Key<'a>,
    extensions: &'a [u8],
    scheme: Option<Scheme>,
    signature: &'a [u8],
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Extension<'a> {
    pub(crate) is_critical: bool,
    pub(crate) value: &'a [u8],
}

/// `YYYYMMDDhhmmss` of UTC, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

/// Extensions of one certificate. Their kinds are compared with one another, so there is an end to them.
const MOST_EXTENSIONS: usize = 32;

/// What an extension that must be understood may be: these are understood or, for policies, allow anything.
const UNDERSTOOD: [&[u8]; 7] = [
    oid::KEY_USAGE,
    oid::SUBJECT_ALTERNATIVE_NAME,
    oid::BASIC_CONSTRAINTS,
    oid::CERTIFICATE_POLICIES,
    oid::EXTENDED_KEY_USAGE,
    oid::ANDROID_KEY_DESCRIPTION,
    oid::APPLE_NONCE,
];

impl<'a> Certificate<'a> {
    pub(crate) fn parse(whole: &'a [u8]) -> Result<Self, Malformed> {
        let mut outside = Reader::new(whole);
        let mut from = outside.inside(Tag::SEQUENCE)?;
        outside.end()?;
        let signed = from.whole(Tag::SEQUENCE)?;
        let scheme = from.content(Tag::SEQUENCE)?;
        let signature = from.bit_string()?;
        from.end()?;
        let mut from = Reader::new(signed).inside(Tag::SEQUENCE)?;
        let version = match from.optional(Tag::around(0))? {
            Some(version) => Reader::new(version).small_integer()?.saturating_add(1),
            None => 1,
        };
        let serial = from.content(Tag::INTEGER)?;
        if from.content(Tag::SEQUENCE)? != scheme {
            return Err(Malformed);
        }
        let issuer = from.whole(Tag::SEQUENCE)?;
        let mut valid = from.inside(Tag::SEQUENCE)?;
        let valid = [Moment::read(&mut valid)?, Moment::read(&mut valid)?];
        let subject = from.whole(Tag::SEQUENCE)?;
        let key = Key::read(from.whole(Tag::SEQUENCE)?)?;
        // Unique ids of issuer and subject, which nobody writes any more.
        from.optional(Tag::instead(1))?;
        from.optional(Tag::instead(2))?;
        let extensions = match from.optional(Tag::around(3))? {
            Some(extensions) => Reader::new(extensions).content(Tag::SEQUENCE)?,
            None => &[],
        };
        from.end()?;
        check_extensions(extensions)?;
        let scheme = Scheme::read(scheme)?;
        Ok(Self { whole, signed, version, serial, issuer, subject, valid, key, extensions, scheme, signature })
    }

    /// 1, 2 or 3.
    pub(crate) const fn version(&self) -> u32 {
        self.version
    }

    pub(crate) const fn key(&self) -> &Key<'a> {
        &self.key
    }

    pub(crate) const fn subject(&self) -> &'a [u8] {
        self.subject
    }

    pub(crate) fn has_no_subject(&self) -> bool {
        self.subject == [0x30, 0]
    }

    /// See [`name::attribute`].
    pub(crate) fn subject_attribute(&self, wanted: &[u8]) -> Option<&'a str> {
        name::attribute(self.subject, wanted).ok().flatten()
    }

    pub(crate) fn extension(&self, wanted: &[u8]) -> Option<Extension<'a>> {
        let mut from = Reader::new(self.extensions);
        while let Ok((kind, extension)) = read_extension(&mut from) {
            if kind == wanted {
                return Some(extension);
            }
        }
        None
    }

    /// Whether it was given to a server of this host.
    // SPEC: RFC 6125 §6.4, without wildcards and without the common name
    pub(crate) fn is_for_host(&self, host: &str) -> bool {
        let names = self.extension(oid::SUBJECT_ALTERNATIVE_NAME).and_then(|names| host_names(names.value).ok());
        let is_named = names.is_some_and(|names| names.iter().any(|name| name.eq_ignore_ascii_case(host.as_bytes())));
        is_named && self.is_for(oid::SERVER_AUTHENTICATION).unwrap_or(true)
    }

    /// Whether this is among its extended purposes. `None`: it names none.
    pub(crate) fn is_for(&self, purpose: &[u8]) -> Option<bool> {
        let usage = self.extension(oid::EXTENDED_KEY_USAGE)?;
        let Ok(mut purposes) = Reader::new(usage.value).inside(Tag::SEQUENCE) else { return Some(false) };
        while let Ok(named) = purposes.content(Tag::OBJECT_IDENTIFIER) {
            if named == purpose {
                return Some(true);
            }
        }
        Some(false)
    }

    /// What it says of itself: whether it is an authority, and how many authorities may stand below it. `None`: nothing.
    // SPEC: RFC 5280 §4.2.1.9
    pub(crate) fn constraints(&self) -> Result<Option<(bool, Option<u32>)>, Malformed> {
        let Some(extension) = self.extension(oid::BASIC_CONSTRAINTS) else { return Ok(None) };
        let mut from = Reader::new(extension.value).inside(Tag::SEQUENCE)?;
        let is_authority = from.optional(Tag::BOOLEAN)?.map(der::boolean).transpose()?.unwrap_or(false);
        let path_length = from.optional(Tag::INTEGER)?.map(der::small).transpose()?;
        from.end()?;
        Ok(Some((is_authority, path_length)))
    }

    /// Whether it may vouch for another certificate, with so many authorities between it and the last.
    // SPEC: RFC 5280 §4.2.1.3, §6.1.4 (k) to (n)
    pub(super) fn may_issue(&self, authorities_below: usize) -> bool {
        let Ok(Some((true, path_length))) = self.constraints() else { return false };
        let is_long_enough = path_length.is_none_or(|length| authorities_below <= length as usize);
        let key_usage = self.extension(oid::KEY_USAGE).map(|usage| Reader::new(usage.value).bit_string());
        let may_sign = match key_usage {
            None => true,
            Some(bits) => bits.is_ok_and(|bits| bits.first().is_some_and(|first| first & CERTIFICATE_SIGN != 0)),
        };
        is_long_enough && may_sign
    }

    /// Whether nothing stands in it that must be understood and is not.
    // SPEC: RFC 5280 §4.2
    pub(crate) fn is_understood(&self) -> bool {
        let mut from = Reader::new(self.extensions);
        while let Ok((kind, extension)) = read_extension(&mut from) {
            if extension.is_critical && !UNDERSTOOD.contains(&kind) {
                return false;
            }
        }
        true
    }

    pub(crate) fn is_valid_at(&self, at: Moment) -> bool {
        let [from, until] = self.valid;
        from <= at && at <= until
    }

    pub(super) fn is_signed_by(&self, issuer: &Key<'_>) -> bool {
        self.scheme.is_some_and(|scheme| issuer.verifies(scheme, self.signed, self.signature))
    }
}

/// `dNSName`s.
fn host_names(value: &[u8]) -> Result<Vec<&[u8]>, Malformed> {
    let (mut from, mut names) = (Reader::new(value).inside(Tag::SEQUENCE)?, vec![]);
    while !from.is_empty() {
        let (tag, name) = from.next()?;
        if tag == Tag::instead(2) {
            names.push(name);
        }
    }
    Ok(names)
}

/// `keyCertSign`, in the first byte of a KeyUsage.
const CERTIFICATE_SIGN: u8 = 1 << 2;

/// Well-formed, few, and none twice.
fn check_extensions(extensions: &[u8]) -> Result<(), Malformed> {
    let mut kinds: [&[u8]; MOST_EXTENSIONS] = [&[]; MOST_EXTENSIONS];
    let (mut from, mut places) = (Reader::new(extensions), 0..MOST_EXTENSIONS);
    while !from.is_empty() {
        let (kind, _) = read_extension(&mut from)?;
        let place = places.next().and_then(|place| kinds.get_mut(place)).ok_or(Malformed)?;
        *place = kind;
        let same = kinds.iter().filter(|other| **other == kind).count();
        if same > 1 {
            return Err(Malformed);
        }
    }
    Ok(())
}

pub(super) fn read_extension<'a>(from: &mut Reader<'a>) -> Result<(&'a [u8], Extension<'a>), Malformed> {
    let mut extension = from.inside(Tag::SEQUENCE)?;
    let kind = extension.content(Tag::OBJECT_IDENTIFIER)?;
    let is_critical = extension.optional(Tag::BOOLEAN)?.map(der::boolean).transpose()?.unwrap_or(false);
    let value = extension.content(Tag::OCTET_STRING)?;
    extension.end()?;
    Ok((kind, Extension { is_critical, value }))
}

impl Moment {
    // SPEC: RFC 5280 §4.1.2.5
    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        match from.next()? {
            (Tag::UTC_TIME, text @ [_, _, _, _, _, _, _, _, _, _, _, _, b'Z']) => {
                let short = number(text)?;
                let century = if short < 50_00_00_00_00_00 { 20 } else { 19 };
                Ok(Self(century * 1_00_00_00_00_00_00 + short))
            }
            (Tag::GENERALIZED_TIME, text @ [_, _, _, _, _, _, _, _, _, _, _, _, _, _, b'Z']) => number(text).map(Self),
            _ => Err(Malformed),
        }
    }
}

impl From<vocab::Timestamp> for Moment {
    fn from(at: vocab::Timestamp) -> Self {
        // `2026-11-21T09:30:00.000000Z`. A moment that no calendar year holds is written otherwise, and comes after all.
        let text = at.to_string();
        let seconds = text.split_once('.').map(|(seconds, _)| seconds.replace(['-', 'T', ':'], ""));
        Self(seconds.and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX))
    }
}

/// Digits, and a `Z` after them.
fn number(text: &[u8]) -> Result<u64, Malformed> {
    let digits = str::from_utf8(text).ok().and_then(|text| text.strip_suffix('Z')).ok_or(Malformed)?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten().ok_or(Malformed)
}
