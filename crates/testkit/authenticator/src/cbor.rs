//! CBOR, written item by item: each function gives the bytes of one item, and a container is made of such bytes.
//! Nothing checks that the whole makes sense; that it need not is why tests want it.

pub fn integer(value: i64) -> Vec<u8> {
    if value < 0 { head(1, (!value).cast_unsigned()) } else { head(0, value.cast_unsigned()) }
}

pub fn bytes(value: &[u8]) -> Vec<u8> {
    [head(2, value.len() as u64), value.to_vec()].concat()
}

pub fn text(value: &str) -> Vec<u8> {
    [head(3, value.len() as u64), value.as_bytes().to_vec()].concat()
}

pub fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [head(4, items.len() as u64), items.concat()].concat()
}

/// In the order given.
pub fn map(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let members = pairs.iter().flat_map(|(key, value)| [key.as_slice(), value.as_slice()]);
    [head(5, pairs.len() as u64), members.collect::<Vec<_>>().concat()].concat()
}

pub fn boolean(value: bool) -> Vec<u8> {
    vec![if value { 0xf5 } else { 0xf4 }]
}

/// The major type and its argument, in the shortest form that holds it.
pub fn head(major: u8, argument: u64) -> Vec<u8> {
    let major = major << 5;
    let bytes = argument.to_be_bytes();
    match argument {
        0..=23 => vec![major | bytes[7]],
        24..=0xff => vec![major | 24, bytes[7]],
        0x100..=0xffff => [&[major | 25], &bytes[6..]].concat(),
        0x1_0000..=0xffff_ffff => [&[major | 26], &bytes[4..]].concat(),
        _ => [&[major | 27], &bytes[..]].concat(),
    }
}
