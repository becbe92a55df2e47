//! The few CBOR items an entry is made of (RFC 8949), written and read in the deterministic form of section 4.2.1 only.

use crate::Malformed;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const NULL: u8 = 0xf6;

pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn new(capacity: usize) -> Writer {
        Writer(Vec::with_capacity(capacity))
    }

    /// A key of a map; its value follows.
    pub(crate) fn key(&mut self, key: u64) -> &mut Writer {
        self.unsigned(key);
        self
    }

    pub(crate) fn unsigned(&mut self, value: u64) {
        self.head(UNSIGNED, value);
    }

    pub(crate) fn integer(&mut self, value: i64) {
        // CBOR writes a negative n as -1 - n, which is its bitwise complement.
        if value < 0 { self.head(NEGATIVE, (!value).cast_unsigned()) } else { self.unsigned(value.cast_unsigned()) }
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) {
        self.head(BYTES, value.len() as u64);
        self.0.extend_from_slice(value);
    }

    pub(crate) fn text(&mut self, value: &str) {
        self.head(TEXT, value.len() as u64);
        self.0.extend_from_slice(value.as_bytes());
    }

    pub(crate) fn array(&mut self, items: u64) {
        self.head(ARRAY, items);
    }

    pub(crate) fn map(&mut self, pairs: u64) {
        self.head(MAP, pairs);
    }

    pub(crate) fn null(&mut self) {
        self.0.push(NULL);
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    /// The major type and its argument, in the shortest form that holds it.
    fn head(&mut self, major: u8, argument: u64) {
        let major = major << 5;
        let [.., a, b, c, d, e, f, g, h] = argument.to_be_bytes();
        match argument {
            0..=23 => self.0.push(major | h),
            24..=0xff => self.0.extend([major | 24, h]),
            0x100..=0xffff => self.0.extend([major | 25, g, h]),
            0x1_0000..=0xffff_ffff => self.0.extend([major | 26, e, f, g, h]),
            _ => self.0.extend([major | 27, a, b, c, d, e, f, g, h]),
        }
    }
}

pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes, at: 0 }
    }

    /// Where the next item begins; errors name it.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The key that belongs here; its value follows.
    pub(crate) fn key(&mut self, wanted: u64) -> Result<&mut Reader<'a>, Malformed> {
        let at = self.at;
        if self.unsigned()? == wanted { Ok(self) } else { Err(Malformed::WrongKey(at)) }
    }

    pub(crate) fn unsigned(&mut self) -> Result<u64, Malformed> {
        self.head_of(UNSIGNED)
    }

    pub(crate) fn integer(&mut self) -> Result<i64, Malformed> {
        let at = self.at;
        let (major, argument) = self.head()?;
        let value = i64::try_from(argument).map_err(|_| Malformed::OutOfRange(at));
        match major {
            UNSIGNED => value,
            NEGATIVE => value.map(|value| !value),
            _ => Err(Malformed::WrongType(at)),
        }
    }

    pub(crate) fn fixed_bytes<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let at = self.at;
        if self.head_of(BYTES)? != N as u64 {
            return Err(Malformed::WrongLength(at));
        }
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Malformed::Cut(at))?;
        self.skip_to(rest);
        Ok(*bytes)
    }

    pub(crate) fn fixed_bytes_or_null<const N: usize>(&mut self) -> Result<Option<[u8; N]>, Malformed> {
        match self.rest {
            [NULL, rest @ ..] => {
                self.skip_to(rest);
                Ok(None)
            }
            _ => self.fixed_bytes().map(Some),
        }
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        let at = self.at;
        let length = usize::try_from(self.head_of(TEXT)?).map_err(|_| Malformed::Cut(at))?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Malformed::Cut(at))?;
        self.skip_to(rest);
        str::from_utf8(bytes).map_err(|_| Malformed::BadLabel(at))
    }

    pub(crate) fn array(&mut self) -> Result<u64, Malformed> {
        self.head_of(ARRAY)
    }

    pub(crate) fn map(&mut self) -> Result<u64, Malformed> {
        self.head_of(MAP)
    }

    pub(crate) fn end(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed::Trailing(self.at)) }
    }

    fn head_of(&mut self, wanted: u8) -> Result<u64, Malformed> {
        let at = self.at;
        match self.head()? {
            (major, argument) if major == wanted => Ok(argument),
            _ => Err(Malformed::WrongType(at)),
        }
    }

    fn head(&mut self) -> Result<(u8, u64), Malformed> {
        let at = self.at;
        let (first, rest) = self.rest.split_first().ok_or(Malformed::Cut(at))?;
        self.skip_to(rest);
        let (argument, smallest) = match first & 0x1f {
            small @ 0..=23 => (u64::from(small), 0),
            24 => (self.argument::<1>(at)?, 24),
            25 => (self.argument::<2>(at)?, 0x100),
            26 => (self.argument::<4>(at)?, 0x1_0000),
            27 => (self.argument::<8>(at)?, 0x1_0000_0000),
            // 31 is an indefinite length; 28 to 30 are reserved.
            _ => return Err(Malformed::NotDeterministic(at)),
        };
        if argument < smallest { Err(Malformed::NotDeterministic(at)) } else { Ok((first >> 5, argument)) }
    }

    fn argument<const N: usize>(&mut self, at: usize) -> Result<u64, Malformed> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>().ok_or(Malformed::Cut(at))?;
        self.skip_to(rest);
        Ok(bytes.iter().fold(0, |argument, byte| argument << 8 | u64::from(*byte)))
    }

    fn skip_to(&mut self, rest: &'a [u8]) {
        self.at += self.rest.len() - rest.len();
        self.rest = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8949, appendix A: the integers, and the edges of each form.
    #[test]
    fn integers_are_written_and_read_as_the_standard_shows_them() {
        let shown: [(i64, &[u8]); 16] = [
            (0, &[0x00]),
            (23, &[0x17]),
            (24, &[0x18, 0x18]),
            (255, &[0x18, 0xff]),
            (256, &[0x19, 0x01, 0x00]),
            (1000, &[0x19, 0x03, 0xe8]),
            (65_535, &[0x19, 0xff, 0xff]),
            (65_536, &[0x1a, 0x00, 0x01, 0x00, 0x00]),
            (4_294_967_295, &[0x1a, 0xff, 0xff, 0xff, 0xff]),
            (4_294_967_296, &[0x1b, 0, 0, 0, 1, 0, 0, 0, 0]),
            (1_000_000_000_000, &[0x1b, 0x00, 0x00, 0x00, 0xe8, 0xd4, 0xa5, 0x10, 0x00]),
            (-1, &[0x20]),
            (-24, &[0x37]),
            (-100, &[0x38, 0x63]),
            (-1000, &[0x39, 0x03, 0xe7]),
            (i64::MIN, &[0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ];
        for (value, bytes) in shown {
            let mut writer = Writer::new(9);
            writer.integer(value);
            assert_eq!(writer.finish(), bytes);
            assert_eq!(Reader::new(bytes).integer(), Ok(value));
        }
    }

    #[test]
    fn the_largest_value_of_a_shorter_form_is_refused_in_a_longer_one() {
        let longer: [&[u8]; 4] =
            [&[0x18, 23], &[0x19, 0, 0xff], &[0x1a, 0, 0, 0xff, 0xff], &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]];
        for bytes in longer {
            assert_eq!(Reader::new(bytes).unsigned(), Err(Malformed::NotDeterministic(0)), "{bytes:x?}");
        }
    }

    #[test]
    fn an_integer_beyond_i64_is_out_of_range() {
        for major in [0x1b, 0x3b] {
            let bytes = [major, 0x80, 0, 0, 0, 0, 0, 0, 0];
            assert_eq!(Reader::new(&bytes).integer(), Err(Malformed::OutOfRange(0)));
        }
    }

    #[test]
    fn a_length_beyond_the_input_is_refused() {
        let bytes = [0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(Reader::new(&bytes).text(), Err(Malformed::Cut(0)));
        assert_eq!(Reader::new(&[0x63, b'a', b'b']).text(), Err(Malformed::Cut(0)));
    }
}
