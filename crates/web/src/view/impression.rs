//! The engraving drawn from a passkey: same passkey, same drawing, on every page.
//!
//! It helps the eye and proves nothing; no text may ask anyone to compare it.

use std::fmt;

/// Two rings of ellipses, told by the first five bytes of SHA-256 of the credential's public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Impression {
    outer: Ring,
    inner: Ring,
    turned: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ring {
    ellipses: u8,
    wide: u8,
    high: u8,
    /// Degrees before the first one.
    from: u8,
}

impl Impression {
    pub(crate) fn of(public_key_digest: &[u8; 32]) -> Self {
        let [d0, d1, d2, d3, d4, ..] = *public_key_digest;
        Self {
            outer: Ring { ellipses: 6 + d0 % 7, wide: 23, high: 4 + d1 % 9, from: 0 },
            inner: Ring { ellipses: 6 + d2 % 4, wide: 17, high: 4 + d3 % 5, from: 9 },
            turned: d4 % 20,
        }
    }
}

impl fmt::Display for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in 0..self.ellipses {
            let degrees = f32::from(self.from) + 180.0 / f32::from(self.ellipses) * f32::from(place);
            let degrees = (degrees * 100.0).round() / 100.0;
            write!(f, r#"<ellipse rx="{}" ry="{}" transform="rotate({degrees})"/>"#, self.wide, self.high)?;
        }
        Ok(())
    }
}

/// The rings alone: whoever draws them puts the kind's icon into the centre.
impl fmt::Display for Impression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r#"<g transform="rotate({})">{}{}</g>"#, self.turned, self.outer, self.inner)
    }
}

/// Numbers and our own marks.
impl askama::filters::HtmlSafe for Impression {}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(begins: [u8; 5]) -> [u8; 32] {
        std::array::from_fn(|place| begins.get(place).copied().unwrap_or(0xee))
    }

    #[test]
    fn a_drawing_is_told_by_the_first_five_bytes() {
        let drawn = Impression::of(&digest([2, 6, 0, 2, 19])).to_string();
        assert!(drawn.starts_with(r#"<g transform="rotate(19)"><ellipse rx="23" ry="10" transform="rotate(0)"/>"#));
        assert!(drawn.contains(r#"<ellipse rx="23" ry="10" transform="rotate(157.5)"/>"#));
        assert!(drawn.contains(r#"<ellipse rx="17" ry="6" transform="rotate(9)"/>"#));
        assert_eq!(drawn.matches("<ellipse").count(), 8 + 6);
        assert_ne!(drawn, Impression::of(&digest([2, 6, 0, 2, 18])).to_string());
    }

    #[test]
    fn every_drawing_stays_within_its_square() {
        for byte in 0..=255 {
            let Impression { outer, inner, turned } = Impression::of(&digest([byte; 5]));
            assert!((6..=12).contains(&outer.ellipses) && (4..=12).contains(&outer.high));
            assert!((6..=9).contains(&inner.ellipses) && (4..=8).contains(&inner.high));
            assert!(turned < 20);
        }
    }
}
