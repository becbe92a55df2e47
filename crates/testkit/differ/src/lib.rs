//! # differ: the same ceremonies before several judges
//!
//! Makes recorded ceremonies, as `signet ceremony check` reads them, has them judged by us and by the oracles (see
//! `oracles/`), and looks at every case where they do not say the same. Whoever is right then, a checked-in list says it
//! with the clause of the standard; a disagreement that is not in the list is a failure.
//!
//! Half of the cases are right, though some in unusual ways, and half hold one lie. Which, their ids say:
//! `registration/packed/es384/roots/leaf-expired/0007`. So there is a judge more, the one who made them: what is meant
//! to be right must be accepted by us, and what is meant as a lie refused.
//!
//! It refuses: to know what is inside our rooms, but for the one use case that judges records.
//!
//! ```
//! let [case] = &differ::cases(1, 7)[..] else { panic!("one case") };
//! assert!(case.id.ends_with("/0000"));
//! ```
//!
//! Invariants:
//! - A seed and a number make one case, whatever was made before it; but for RSA keys and the randomness in signatures,
//!   which change no verdict of ours.
//! - A lie is one thing: what is signed is signed over it, unless the lie is about the signature.

mod case;
mod ceremony;
mod change;
mod comparison;
mod draw;
mod explanation;
mod subject;
mod twists;
mod verdict;

pub use case::{Case, cases};
pub use comparison::{Outcome, compare};
pub use explanation::Pattern;
pub use verdict::Oracle;
