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
