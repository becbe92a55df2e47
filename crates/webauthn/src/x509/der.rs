//! A reader of DER (X.690): definite lengths, in their shortest form. It allocates nothing and never looks past its
//! input.

/// Not the DER that was expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Class and form, in the bits in which they are written, and a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tag(u8, u32);

impl Tag {
    pub(crate) const BOOLEAN: Self = Self(0, 1);
    pub(crate) const INTEGER: Self = Self(0, 2);
    pub(crate) const BIT_STRING: Self = Self(0, 3);
    pub(crate) const OCTET_STRING: Self = Self(0, 4);
    pub(crate) const OBJECT_IDENTIFIER: Self = Self(0, 6);
    pub(crate) const ENUMERATED: Self = Self(0, 10);
    pub(crate) const UTC_TIME: Self = Self(0, 23);
    pub(crate) const GENERALIZED_TIME: Self = Self(0, 24);
    pub(crate) const SEQUENCE: Self = Self(CONSTRUCTED, 16);
    pub(crate) const SET: Self = Self(CONSTRUCTED, 17);

    /// `[number]`, around another item.
    pub(crate) const fn around(number: u32) -> Self {
        Self(CONTEXT | CONSTRUCTED, number)
    }

    /// `[number]`, in place of a primitive item's own tag.
    pub(crate) const fn instead(number: u32) -> Self {
        Self(CONTEXT, number)
    }
}

const CONSTRUCTED: u8 = 0x20;
const CONTEXT: u8 = 0x80;
const CLASS_AND_FORM: u8 = 0xe0;
/// The number follows in bytes of its own.
const LONG_NUMBER: u8 = 0x1f;

/// Reads from the front of its input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) const fn end(&self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    /// The next item: its tag and its content.
    pub(crate) fn next(&mut self) -> Result<(Tag, &'a [u8]), Malformed> {
        let tag = self.tag()?;
        let length = self.length()?;
        Ok((tag, self.take(length)?))
    }

    pub(crate) fn content(&mut self, tag: Tag) -> Result<&'a [u8], Malformed> {
        match self.next()? {
            (found, content) if found == tag => Ok(content),
            _ => Err(Malformed),
        }
    }

    pub(crate) fn inside(&mut self, tag: Tag) -> Result<Self, Malformed> {
        self.content(tag).map(Self)
    }

    /// The content of the next item if it has this tag; otherwise it is left where it is.
    pub(crate) fn optional(&mut self, tag: Tag) -> Result<Option<&'a [u8]>, Malformed> {
        if self.clone().tag() == Ok(tag) { self.content(tag).map(Some) } else { Ok(None) }
    }

    pub(crate) fn next_is_a_time(&self) -> bool {
        matches!(self.clone().tag(), Ok(Tag::UTC_TIME | Tag::GENERALIZED_TIME))
    }

    /// The next item as it is written.
    pub(crate) fn whole(&mut self, tag: Tag) -> Result<&'a [u8], Malformed> {
        let from = self.0;
        self.content(tag)?;
        from.get(..from.len() - self.0.len()).ok_or(Malformed)
    }

    pub(crate) fn small_integer(&mut self) -> Result<u32, Malformed> {
        small(self.content(Tag::INTEGER)?)
    }

    /// The bytes of a BIT STRING. How many bits of the last byte are unused is passed over: all that we read so is whole
    /// bytes, and early tokens have written other numbers there.
    pub(crate) fn bit_string(&mut self) -> Result<&'a [u8], Malformed> {
        self.content(Tag::BIT_STRING)?.split_first().map(|(_, bytes)| bytes).ok_or(Malformed)
    }

    fn tag(&mut self) -> Result<Tag, Malformed> {
        let first = self.byte()?;
        let number = match first & LONG_NUMBER {
            LONG_NUMBER => self.long_number()?,
            number => u32::from(number),
        };
        Ok(Tag(first & CLASS_AND_FORM, number))
    }

    /// At most two bytes of seven bits: nothing we know has a number above 2^14.
    fn long_number(&mut self) -> Result<u32, Malformed> {
        let high = self.byte()?;
        let number = match high {
            0x81..=0xff => {
                u32::from(high & 0x7f) << 7 | u32::from(self.byte().ok().filter(|low| *low < 0x80).ok_or(Malformed)?)
            }
            0x80 => return Err(Malformed),
            _ => u32::from(high),
        };
        if number < u32::from(LONG_NUMBER) { Err(Malformed) } else { Ok(number) }
    }

    fn length(&mut self) -> Result<usize, Malformed> {
        let (length, shortest) = match self.byte()? {
            short @ 0..=0x7f => (usize::from(short), 0),
            0x81 => (usize::from(self.byte()?), 0x80),
            0x82 => (usize::from(self.byte()?) << 8 | usize::from(self.byte()?), 0x100),
            0x83 => {
                let high = usize::from(self.byte()?) << 16;
                (high | usize::from(self.byte()?) << 8 | usize::from(self.byte()?), 0x1_0000)
            }
            // Longer than any input of ours.
            _ => return Err(Malformed),
        };
        if length < shortest { Err(Malformed) } else { Ok(length) }
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        let (&first, rest) = self.0.split_first().ok_or(Malformed)?;
        self.0 = rest;
        Ok(first)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }
}

/// The content of an INTEGER or ENUMERATED as a number; none is negative that we read so.
pub(crate) fn small(content: &[u8]) -> Result<u32, Malformed> {
    match content {
        [] | [0x80..=0xff, ..] | [0, 0..=0x7f, ..] => Err(Malformed),
        [0, rest @ ..] | rest if rest.len() <= 4 => {
            Ok(rest.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
        }
        _ => Err(Malformed),
    }
}

/// The content of a BOOLEAN. Old certificates write any number for true, as BER allows.
pub(crate) const fn boolean(content: &[u8]) -> Result<bool, Malformed> {
    match content {
        [0] => Ok(false),
        [_] => Ok(true),
        _ => Err(Malformed),
    }
}
