//! What a TPM writes: big-endian numbers, and bytes with their length before them.

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};

use crate::cose::PublicKey;
use crate::refusal::Tpm as Reason;

/// The public part of a key in a TPM (`TPMT_PUBLIC`).
// SPEC: TPM 2.0 Library part 2, §12.2.4
pub(crate) struct PublicArea<'a> {
    whole: &'a [u8],
    name_algorithm: u16,
    key: Key<'a>,
}

enum Key<'a> {
    Rsa { modulus: &'a [u8], exponent: u32 },
    Ec { curve: u16, x: &'a [u8], y: &'a [u8] },
}

/// What a TPM says of another of its keys (`TPMS_ATTEST` of `TPMS_CERTIFY_INFO`).
// SPEC: TPM 2.0 Library part 2, §10.12.12
pub(crate) struct Certified<'a> {
    pub(crate) whole: &'a [u8],
    pub(crate) extra_data: &'a [u8],
    pub(crate) name: &'a [u8],
}

/// The structure ends early, goes on after its end, or holds what no signing key has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

// SPEC: part 2, §6.3
const RSA: u16 = 0x0001;
const ECC: u16 = 0x0023;
const NULL: u16 = 0x0010;
const ECDAA: u16 = 0x001a;
const SHA1: u16 = 0x0004;
const NAMES_SHA256: u16 = 0x000b;
const NAMES_SHA384: u16 = 0x000c;
const NAMES_SHA512: u16 = 0x000d;
// SPEC: part 2, §6.4
const P256: u16 = 0x0003;
const P384: u16 = 0x0004;
const P521: u16 = 0x0005;
/// `TPM_GENERATED_VALUE` (§6.2) and `TPM_ST_ATTEST_CERTIFY` (§6.9)
const MADE_BY_A_TPM: u32 = 0xff54_4347;
const CERTIFY: u16 = 0x8017;
/// The exponent that zero stands for (§12.2.3.5).
const USUAL_EXPONENT: u32 = 65537;

impl<'a> PublicArea<'a> {
    pub(crate) fn parse(whole: &'a [u8]) -> Result<Self, Malformed> {
        let mut from = Reader(whole);
        let kind = from.u16()?;
        let name_algorithm = from.u16()?;
        let _attributes = from.u32()?;
        let _policy = from.sized()?;
        from.skip_symmetric()?;
        let key = match kind {
            RSA => {
                from.skip_scheme()?;
                let _bits = from.u16()?;
                let exponent = from.u32()?;
                Key::Rsa { modulus: from.sized()?, exponent: if exponent == 0 { USUAL_EXPONENT } else { exponent } }
            }
            ECC => {
                from.skip_scheme()?;
                let curve = from.u16()?;
                from.skip_scheme()?; // of key derivation: it is written the same
                Key::Ec { curve, x: from.sized()?, y: from.sized()? }
            }
            _ => return Err(Malformed),
        };
        from.end()?;
        Ok(Self { whole, name_algorithm, key })
    }

    /// Whether it is the key of a credential.
    pub(crate) fn holds(&self, public_key: &PublicKey<'_>) -> bool {
        match self.key {
            Key::Rsa { modulus, exponent } => {
                let exponent = exponent.to_be_bytes();
                public_key.rsa_numbers() == Some((unpadded(modulus), unpadded(&exponent)))
            }
            Key::Ec { curve, x, y } => {
                let point = public_key.point().and_then(|point| point.split_first()).map(|(_, point)| point);
                let halves = point.map(|point| point.split_at(point.len() / 2));
                halves.is_some_and(|(of_x, of_y)| {
                    length(curve) == Some(of_x.len()) && unpadded(x) == unpadded(of_x) && unpadded(y) == unpadded(of_y)
                })
            }
        }
    }

    /// Whether a name is its own: a hash of it, behind the number of the hash.
    // SPEC: TPM 2.0 Library part 1, §16
    pub(crate) fn is_called(&self, name: &[u8], takes_sha1: bool) -> bool {
        let hash = match self.name_algorithm {
            SHA1 if takes_sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
            NAMES_SHA256 => &SHA256,
            NAMES_SHA384 => &SHA384,
            NAMES_SHA512 => &SHA512,
            _ => return false,
        };
        let own = digest::digest(hash, self.whole);
        name.strip_prefix(&self.name_algorithm.to_be_bytes()).is_some_and(|hashed| hashed == own.as_ref())
    }
}

impl<'a> Certified<'a> {
    pub(crate) fn parse(whole: &'a [u8]) -> Result<Self, Reason> {
        let mut from = Reader(whole);
        let malformed = |_| Reason::CertInfo;
        if from.u32().map_err(malformed)? != MADE_BY_A_TPM {
            return Err(Reason::Magic);
        }
        if from.u16().map_err(malformed)? != CERTIFY {
            return Err(Reason::Type);
        }
        from.certified(whole).map_err(malformed)
    }
}

/// Of a coordinate of a curve, in bytes.
const fn length(curve: u16) -> Option<usize> {
    match curve {
        P256 => Some(32),
        P384 => Some(48),
        P521 => Some(66),
        _ => None,
    }
}

/// A number without the zeros before it, which some TPMs write and others do not.
fn unpadded(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// What follows magic and type.
    fn certified(&mut self, whole: &'a [u8]) -> Result<Certified<'a>, Malformed> {
        let _signer = self.sized()?;
        let extra_data = self.sized()?;
        let _clock_and_firmware = self.take(8 + 4 + 4 + 1 + 8)?;
        let name = self.sized()?;
        let _qualified_name = self.sized()?;
        self.end()?;
        Ok(Certified { whole, extra_data, name })
    }

    /// `TPMT_SYM_DEF_OBJECT`: no signing key has one, and some say so at length.
    fn skip_symmetric(&mut self) -> Result<(), Malformed> {
        if self.u16()? != NULL {
            self.take(4)?; // bits and mode
        }
        Ok(())
    }

    /// `TPMT_RSA_SCHEME`, `TPMT_ECC_SCHEME` or `TPMT_KDF_SCHEME`. Some software writes none as zero.
    fn skip_scheme(&mut self) -> Result<(), Malformed> {
        match self.u16()? {
            NULL | 0 => Ok(()),
            ECDAA => self.take(4).map(drop),
            _ => self.take(2).map(drop), // its hash
        }
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        self.take(2)?.try_into().map(u16::from_be_bytes).map_err(|_| Malformed)
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        self.take(4)?.try_into().map(u32::from_be_bytes).map_err(|_| Malformed)
    }

    fn sized(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn end(&self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}
