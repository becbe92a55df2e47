//! A request id, short enough to be read out on the telephone.

/// No I, L, O and U: a listener takes them for something else.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// `K7Q-204`: three letters and three digits from the whole id (FNV-1a, 32 bits), because an id begins with its time
/// and all of one hour would read the same. `console/src/short-code.js` computes the same one.
pub(crate) fn short_code(request_id: &str) -> String {
    let mixed = request_id.bytes().fold(0x811c_9dc5_u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let letter = |place: u32| LETTERS.iter().cycle().nth(((mixed / 1000) >> (5 * place)) as usize & 31).copied();
    let letters: String = [2, 1, 0].into_iter().filter_map(letter).map(char::from).collect();
    format!("{letters}-{:03}", mixed % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `console/src/short-code.test.js` holds the same pairs.
    #[test]
    fn a_code_is_what_the_browser_makes_of_the_same_id() {
        for (id, code) in [
            ("", "3BR-261"),
            ("01939c7e-7f2b-7c3a-9d2e-5b1f0a6c4e88", "E9Z-888"),
            ("01939c7e-7f2b-7c3a-9d2e-5b1f0a6c4e89", "YP9-507"),
        ] {
            assert_eq!(short_code(id), code);
        }
    }
}
