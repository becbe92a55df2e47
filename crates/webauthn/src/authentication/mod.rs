//! Authentication: a credential we know signs a challenge of ours.

mod answer;
mod begin;
mod finish;

pub use answer::Answer;
pub use begin::{Ask, Options, Pending, begin};
pub use finish::{Known, Verified, finish};
