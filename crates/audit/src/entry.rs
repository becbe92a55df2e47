use crate::cbor::{Reader, Writer};
use crate::digest::header_digest;
use crate::{Digest, Event, Pseudonym};
use std::fmt;
use vocab::{Label, Timestamp};

const VERSION: u64 = 1;
const FIELDS: u64 = 9;
/// Room for the largest entry; only a hint for the buffer.
const CAPACITY: usize = 256;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The node itself.
    System,
    /// A person at the local command line or the operator socket.
    Operator,
    Account(Pseudonym),
    /// Somebody who has not proved who they are.
    Anonymous,
}

/// One act, as the log keeps it. `encode` is its only form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub event: Event,
    pub at: Timestamp,
    pub node: Label,
    pub region: Label,
    pub salt: [u8; 16],
    pub subject: Option<Pseudonym>,
    pub actor: Actor,
    pub details: Digest,
}

/// Why bytes are not an entry; the number is the offset of the item that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    Cut(usize),
    Trailing(usize),
    /// A long or indefinite form where a shorter one exists, or a reserved one.
    NotDeterministic(usize),
    WrongType(usize),
    WrongLength(usize),
    /// A map key that is missing, doubled, unknown or out of its place.
    WrongKey(usize),
    OutOfRange(usize),
    UnknownVersion(usize),
    UnknownEvent(usize),
    UnknownActor(usize),
    BadLabel(usize),
}

impl Entry {
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Writer::new(CAPACITY);
        to.map(FIELDS);
        to.key(1).unsigned(VERSION);
        to.key(2).unsigned(self.event.code());
        to.key(3).integer(self.at.micros());
        to.key(4).text(self.node.as_str());
        to.key(5).text(self.region.as_str());
        to.key(6).bytes(&self.salt);
        match &self.subject {
            Some(subject) => to.key(7).bytes(subject.bytes()),
            None => to.key(7).null(),
        }
        self.actor.write(to.key(8));
        to.key(9).bytes(self.details.bytes());
        to.finish()
    }

    /// The digest of everything this entry says but its details' digest, for which 32 zero bytes stand. The details
    /// are sealed for it ([`crate::EntryPlace`]): whoever changes a word of the entry cannot open them any more.
    pub fn header(&self) -> Digest {
        header_digest(&Entry { details: Digest::from_bytes([0; 32]), ..self.clone() }.encode())
    }

    /// Accepts exactly what `encode` writes.
    pub fn decode(bytes: &[u8]) -> Result<Entry, Malformed> {
        let mut from = Reader::new(bytes);
        if from.map()? != FIELDS {
            return Err(Malformed::WrongLength(0));
        }
        version(from.key(1)?)?;
        // The fields are read in the order in which they stand here, and that is the order of their keys.
        let entry = Entry {
            event: event(from.key(2)?)?,
            at: Timestamp::from_micros(from.key(3)?.integer()?),
            node: label(from.key(4)?)?,
            region: label(from.key(5)?)?,
            salt: from.key(6)?.fixed_bytes()?,
            subject: from.key(7)?.fixed_bytes_or_null()?.map(Pseudonym::from_bytes),
            actor: Actor::read(from.key(8)?)?,
            details: Digest::from_bytes(from.key(9)?.fixed_bytes()?),
        };
        from.end()?;
        Ok(entry)
    }
}

impl Actor {
    fn write(&self, to: &mut Writer) {
        match self {
            Actor::System => {
                to.array(1);
                to.unsigned(0);
            }
            Actor::Operator => {
                to.array(1);
                to.unsigned(1);
            }
            Actor::Account(pseudonym) => {
                to.array(2);
                to.unsigned(2);
                to.bytes(pseudonym.bytes());
            }
            Actor::Anonymous => {
                to.array(1);
                to.unsigned(3);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Actor, Malformed> {
        let at = from.at();
        match (from.array()?, from.unsigned()?) {
            (1, 0) => Ok(Actor::System),
            (1, 1) => Ok(Actor::Operator),
            (1, 3) => Ok(Actor::Anonymous),
            (2, 2) => from.fixed_bytes().map(Pseudonym::from_bytes).map(Actor::Account),
            _ => Err(Malformed::UnknownActor(at)),
        }
    }
}

fn version(from: &mut Reader<'_>) -> Result<(), Malformed> {
    let at = from.at();
    if from.unsigned()? == VERSION { Ok(()) } else { Err(Malformed::UnknownVersion(at)) }
}

fn event(from: &mut Reader<'_>) -> Result<Event, Malformed> {
    let at = from.at();
    Event::from_code(from.unsigned()?).ok_or(Malformed::UnknownEvent(at))
}

fn label(from: &mut Reader<'_>) -> Result<Label, Malformed> {
    let at = from.at();
    Label::parse(from.text()?).map_err(|_| Malformed::BadLabel(at))
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, what) = match self {
            Malformed::Cut(at) => (at, "it ends inside the item"),
            Malformed::Trailing(at) => (at, "it goes on after its end"),
            Malformed::NotDeterministic(at) => (at, "the item is not in its shortest form"),
            Malformed::WrongType(at) => (at, "the item is of another type"),
            Malformed::WrongLength(at) => (at, "the item is of another length"),
            Malformed::WrongKey(at) => (at, "another key belongs here"),
            Malformed::OutOfRange(at) => (at, "the number is out of range"),
            Malformed::UnknownVersion(at) => (at, "the version is unknown"),
            Malformed::UnknownEvent(at) => (at, "the event is unknown"),
            Malformed::UnknownActor(at) => (at, "the actor is unknown"),
            Malformed::BadLabel(at) => (at, "the text is not a label"),
        };
        write!(f, "not an audit entry: {what} (byte {at})")
    }
}

impl std::error::Error for Malformed {}
