//! A software authenticator (being written).
