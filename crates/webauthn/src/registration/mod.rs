//! Registration: a person's authenticator makes a credential for us.

mod answer;
mod begin;
mod finish;

pub use answer::Answer;
pub use begin::{Ask, Options, Pending, User, begin};
pub use finish::{Registered, finish};
