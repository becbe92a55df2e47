//! DER, written item by item, as [`crate::cbor`] writes CBOR: nothing checks that the whole makes sense.

pub fn item(tag: u8, content: impl AsRef<[u8]>) -> Vec<u8> {
    tagged(&[tag], content.as_ref())
}

pub fn sequence(items: &[Vec<u8>]) -> Vec<u8> {
    item(0x30, items.concat())
}

pub fn set(items: &[Vec<u8>]) -> Vec<u8> {
    item(0x31, items.concat())
}

/// `[number]` around an item.
pub fn around(number: u16, content: impl AsRef<[u8]>) -> Vec<u8> {
    let tag = match number {
        0..=30 => vec![0xa0 | number as u8],
        31..=127 => vec![0xbf, number as u8],
        _ => vec![0xbf, 0x80 | (number >> 7) as u8, (number & 0x7f) as u8],
    };
    tagged(&tag, content.as_ref())
}

/// A number that is not negative.
pub fn integer(number: u32) -> Vec<u8> {
    item(2, magnitude(&number.to_be_bytes()))
}

/// The content of an INTEGER for a number that is not negative, big-endian.
pub fn magnitude(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let short = &bytes[zeros..];
    if short.first().is_none_or(|first| *first >= 0x80) { [&[0], short].concat() } else { short.to_vec() }
}

pub fn boolean(value: bool) -> Vec<u8> {
    item(1, [if value { 0xff } else { 0 }])
}

pub fn octets(content: impl AsRef<[u8]>) -> Vec<u8> {
    item(4, content)
}

/// Whole bytes, and the number of unused bits that is claimed of the last one.
pub fn bits(content: &[u8], unused: u8) -> Vec<u8> {
    item(3, [&[unused], content].concat())
}

pub fn text(text: &str) -> Vec<u8> {
    item(0x0c, text)
}

/// A time of the form `YYYYMMDDhhmmssZ` in the type that certificates have for its year; whatever else as it is.
// SPEC: RFC 5280 §4.1.2.5
pub fn time(text: &str) -> Vec<u8> {
    let is_short = text.len() == 15 && ("1950".."2050").contains(&&text[..4]);
    if is_short { item(0x17, &text[2..]) } else { item(0x18, text) }
}

/// By its numbers, with dots between them.
pub fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u32> = dotted.split('.').map(|arc| arc.parse().expect("an object identifier")).collect();
    let mut content = vec![(arcs[0] * 40 + arcs[1]) as u8];
    for arc in &arcs[2..] {
        let digits = (0..5).rev().map(|place| (arc >> (7 * place)) as u8 & 0x7f).skip_while(|digit| *digit == 0);
        let mut digits: Vec<u8> = digits.collect();
        let last = digits.pop().unwrap_or(0);
        content.extend(digits.iter().map(|digit| digit | 0x80).chain([last]));
    }
    item(6, content)
}

fn tagged(tag: &[u8], content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = match length {
        0..=0x7f => vec![length as u8],
        0x80..=0xff => vec![0x81, length as u8],
        0x100..=0xffff => [&[0x82], &(length as u16).to_be_bytes()[..]].concat(),
        _ => [&[0x83], &(length as u32).to_be_bytes()[1..]].concat(),
    };
    [tag, &head, content].concat()
}
