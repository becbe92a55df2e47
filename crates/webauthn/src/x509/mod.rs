//! Certificates as the makers of authenticators write them (X.509, RFC 5280), and who vouches for whom among them.
//!
//! The profile is that of attestation and not that of the web: makers' roots are decades old and may lack every
//! extension, what is believed may be the certificate itself, and no name of a host is ever looked at.

mod certificate;
pub(crate) mod der;
mod name;
pub(crate) mod oid;
mod path;
mod revocation;
mod seen;
mod signature;

pub(crate) use certificate::{Certificate, Moment};
pub(crate) use name::attribute;
pub(crate) use path::{Believed, leads_to};
pub(crate) use revocation::Revocations;
pub use seen::SeenSignatures;
pub(crate) use signature::{Hash, Scheme};
