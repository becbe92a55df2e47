//! What statements are made of, whatever their format.

use crate::cbor::Reader;
use crate::refusal::{Attestation as Reason, Place};
use crate::x509::Certificate;

/// The members of a statement; each format says which it takes, and which it must have.
#[derive(Default)]
pub(super) struct Members<'a> {
    algorithm: Option<i64>,
    signature: Option<&'a [u8]>,
    chain: Option<Chain<'a>>,
    version: Option<&'a str>,
    response: Option<&'a [u8]>,
    certified: Option<&'a [u8]>,
    public_area: Option<&'a [u8]>,
}

/// Certificates of one chain.
const MOST_CERTIFICATES: u64 = 10;

impl<'a> Members<'a> {
    /// Of a statement that is well-formed CBOR, which the envelope has seen to.
    pub(super) fn read(statement: &'a [u8], taken: &[&str]) -> Result<Self, Reason> {
        let mut from = Reader::new(Place::AttestationObject, statement);
        let mut members = Self::default();
        for _ in 0..from.map().map_err(|_| Reason::Member)? {
            let name = from.text().map_err(|_| Reason::Member)?;
            if !taken.contains(&name) {
                return Err(Reason::Member);
            }
            members.read_value(name, &mut from)?;
        }
        Ok(members)
    }

    fn read_value(&mut self, name: &str, from: &mut Reader<'a>) -> Result<(), Reason> {
        let member = |_| Reason::Member;
        match name {
            "alg" => self.algorithm = Some(from.integer().map_err(member)?),
            "sig" => self.signature = Some(from.bytes().map_err(member)?),
            "x5c" => self.chain = Some(Chain::read(from)?),
            "ver" => self.version = Some(from.text().map_err(member)?),
            "response" => self.response = Some(from.bytes().map_err(member)?),
            "certInfo" => self.certified = Some(from.bytes().map_err(member)?),
            "pubArea" => self.public_area = Some(from.bytes().map_err(member)?),
            _ => return Err(Reason::Member),
        }
        Ok(())
    }

    pub(super) fn algorithm(&self) -> Result<i64, Reason> {
        self.algorithm.ok_or(Reason::Member)
    }

    pub(super) fn signature(&self) -> Result<&'a [u8], Reason> {
        self.signature.ok_or(Reason::Member)
    }

    pub(super) fn version(&self) -> Result<&'a str, Reason> {
        self.version.ok_or(Reason::Member)
    }

    pub(super) fn response(&self) -> Result<&'a [u8], Reason> {
        self.response.ok_or(Reason::Member)
    }

    pub(super) fn certified(&self) -> Result<&'a [u8], Reason> {
        self.certified.ok_or(Reason::Member)
    }

    pub(super) fn public_area(&self) -> Result<&'a [u8], Reason> {
        self.public_area.ok_or(Reason::Member)
    }

    /// The certificate whose key signed the statement, with those that came with it.
    pub(super) fn chain(&mut self) -> Option<Chain<'a>> {
        self.chain.take()
    }
}

/// Certificates, the attesting one first.
pub(super) struct Chain<'a> {
    pub(super) leaf: Certificate<'a>,
    pub(super) others: Vec<Certificate<'a>>,
}

impl<'a> Chain<'a> {
    fn read(from: &mut Reader<'a>) -> Result<Self, Reason> {
        let count = from.array().map_err(|_| Reason::Member)?;
        if !(1..=MOST_CERTIFICATES).contains(&count) {
            return Err(Reason::Certificates);
        }
        let mut next = || {
            let certificate = from.bytes().map_err(|_| Reason::Member)?;
            Certificate::parse(certificate).map_err(|_| Reason::Certificate)
        };
        Ok(Self { leaf: next()?, others: (1..count).map(|_| next()).collect::<Result<_, _>>()? })
    }
}
