//! A reader of CBOR (RFC 8949) as authenticators write it: definite lengths, numbers in their shortest form, no tags,
//! no floating-point numbers, no key twice. It allocates nothing and never looks past its input, so a length or a depth
//! that lies costs nothing.
// SPEC: CTAP 2.2 §8 asks authenticators for more than that: it also orders the keys of a map. No meaning hangs on
// their order, and browsers have written the attestation object in two orders, so any order is read.

use crate::refusal::{Malformed, Place, Refusal};

/// Containers within containers. Attestation needs four, and compound attestation two more.
const DEEPEST: usize = 8;
/// Members of one map. Keys are compared with one another, so there is an end to them.
const MOST_PAIRS: usize = 32;

/// Reads from the front of its input, and says in its refusals what it was reading.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    place: Place,
    rest: &'a [u8],
}

/// The beginning of an item; what it announces follows.
enum Head {
    Unsigned(u64),
    Negative(u64),
    Bytes(u64),
    Text(u64),
    Array(u64),
    Map(u64),
    /// False, true or null.
    Simple,
}

/// Major types, as far as others ask for them.
pub(crate) const ARRAY: u8 = 4;
pub(crate) const MAP: u8 = 5;

pub(crate) fn major_type(item: &[u8]) -> Option<u8> {
    item.first().map(|first| first >> 5)
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(place: Place, bytes: &'a [u8]) -> Self {
        Self { place, rest: bytes }
    }

    pub(crate) fn integer(&mut self) -> Result<i64, Refusal> {
        let (argument, is_negative) = match self.head()? {
            Head::Unsigned(argument) => (argument, false),
            Head::Negative(argument) => (argument, true),
            _ => return Err(self.refusal(Malformed::WrongType)),
        };
        let value = i64::try_from(argument).map_err(|_| self.refusal(Malformed::WrongType))?;
        // A negative n is written as -1 - n, which is its bitwise complement.
        Ok(if is_negative { !value } else { value })
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Refusal> {
        match self.head()? {
            Head::Bytes(length) => self.take(length),
            _ => Err(self.refusal(Malformed::WrongType)),
        }
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Refusal> {
        match self.head()? {
            Head::Text(length) => self.take_text(length),
            _ => Err(self.refusal(Malformed::WrongType)),
        }
    }

    /// The number of members of a map; they follow.
    pub(crate) fn map(&mut self) -> Result<usize, Refusal> {
        match self.head()? {
            Head::Map(pairs) => self.few(pairs),
            _ => Err(self.refusal(Malformed::WrongType)),
        }
    }

    /// The number of items of a list, as it says; they follow.
    pub(crate) fn array(&mut self) -> Result<u64, Refusal> {
        match self.head()? {
            Head::Array(items) => Ok(items),
            _ => Err(self.refusal(Malformed::WrongType)),
        }
    }

    /// One whole item of any type, as it is written.
    pub(crate) fn item(&mut self) -> Result<&'a [u8], Refusal> {
        self.item_within(0)
    }

    /// One whole map, as it is written.
    pub(crate) fn whole_map(&mut self) -> Result<&'a [u8], Refusal> {
        self.clone().map()?;
        self.item()
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) const fn end(&self) -> Result<(), Refusal> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.refusal(Malformed::Trailing)) }
    }

    pub(crate) const fn refusal(&self, malformed: Malformed) -> Refusal {
        Refusal::Cbor(self.place, malformed)
    }

    fn item_within(&mut self, depth: usize) -> Result<&'a [u8], Refusal> {
        let from = self.rest;
        match self.head()? {
            Head::Unsigned(_) | Head::Negative(_) | Head::Simple => {}
            Head::Bytes(length) => drop(self.take(length)?),
            Head::Text(length) => drop(self.take_text(length)?),
            Head::Array(_) | Head::Map(_) if depth == DEEPEST => return Err(self.refusal(Malformed::TooDeep)),
            // Each item takes a byte at least: a length that lies ends with the input.
            Head::Array(items) => (0..items).try_for_each(|_| self.item_within(depth + 1).map(drop))?,
            Head::Map(pairs) => self.pairs(pairs, depth + 1)?,
        }
        let length = from.len() - self.rest.len();
        from.get(..length).ok_or(self.refusal(Malformed::Cut))
    }

    fn pairs(&mut self, pairs: u64, depth: usize) -> Result<(), Refusal> {
        let mut keys: [&[u8]; MOST_PAIRS] = [&[]; MOST_PAIRS];
        for place in 0..self.few(pairs)? {
            let key = self.item_within(depth)?;
            // Every item has one form and none is empty, so two keys are the same exactly when their bytes are.
            if keys.contains(&key) {
                return Err(self.refusal(Malformed::Repeated));
            }
            if let Some(free) = keys.get_mut(place) {
                *free = key;
            }
            self.item_within(depth)?;
        }
        Ok(())
    }

    fn few(&self, pairs: u64) -> Result<usize, Refusal> {
        let few = usize::try_from(pairs).ok().filter(|pairs| *pairs <= MOST_PAIRS);
        few.ok_or(self.refusal(Malformed::TooMany))
    }

    fn head(&mut self) -> Result<Head, Refusal> {
        let (&first, rest) = self.rest.split_first().ok_or(self.refusal(Malformed::Cut))?;
        self.rest = rest;
        match first >> 5 {
            0 => self.argument(first).map(Head::Unsigned),
            1 => self.argument(first).map(Head::Negative),
            2 => self.argument(first).map(Head::Bytes),
            3 => self.argument(first).map(Head::Text),
            ARRAY => self.argument(first).map(Head::Array),
            MAP => self.argument(first).map(Head::Map),
            6 => Err(self.refusal(Malformed::Tag)),
            _ => match first & 0x1f {
                20..=22 => Ok(Head::Simple),
                25..=27 => Err(self.refusal(Malformed::Float)),
                // The end of an item of indefinite length.
                31 => Err(self.refusal(Malformed::Indefinite)),
                _ => Err(self.refusal(Malformed::Reserved)),
            },
        }
    }

    /// The number in or behind the first byte of an item.
    fn argument(&mut self, first: u8) -> Result<u64, Refusal> {
        let (argument, smallest) = match first & 0x1f {
            small @ 0..=23 => (u64::from(small), 0),
            24 => (self.number::<1>()?, 24),
            25 => (self.number::<2>()?, 0x100),
            26 => (self.number::<4>()?, 0x1_0000),
            27 => (self.number::<8>()?, 0x1_0000_0000),
            // Only what has a length can leave it open.
            31 if first >> 5 > 1 => return Err(self.refusal(Malformed::Indefinite)),
            _ => return Err(self.refusal(Malformed::Reserved)),
        };
        if argument < smallest { Err(self.refusal(Malformed::NotShortest)) } else { Ok(argument) }
    }

    fn number<const N: usize>(&mut self) -> Result<u64, Refusal> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>().ok_or(self.refusal(Malformed::Cut))?;
        self.rest = rest;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Refusal> {
        let split = usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length));
        let (taken, rest) = split.ok_or(self.refusal(Malformed::Cut))?;
        self.rest = rest;
        Ok(taken)
    }

    fn take_text(&mut self, length: u64) -> Result<&'a str, Refusal> {
        str::from_utf8(self.take(length)?).map_err(|_| self.refusal(Malformed::NotUtf8))
    }
}
