//! `cargo xtask`: what the house asks of its own code, asked by a program instead of by a reviewer.
//!
//! Each check is a module with `check(root) -> Vec<Finding>`: it reads the tree under `root` and changes nothing,
//! so a test can plant a fault in a temporary tree and see the check refuse it. What a check demands stands in a
//! table with the reason beside each line, and the reason is printed with the finding.
//!
//! It refuses to be a second compiler: it reads tokens, not types. What rustc and clippy can say is left to them
//! (`clippy.toml`, `[workspace.lints]`); here are only the rules that span files.
//!
//! ```
//! let findings = xtask::layers::check(std::path::Path::new("/an/empty/folder"));
//! assert!(findings.is_empty());
//! ```
//!
//! Invariants:
//! - A finding names a file, a line, what is wrong and why it matters.
//! - Comments, the inside of string literals and test code are never mistaken for code.
//! - Nothing here writes to the tree or reaches the network by itself.

pub mod deny;
mod finding;
pub mod layers;
pub mod sizes;
mod source;
pub mod sql;
mod tree;
pub mod whereabouts;

pub use finding::Finding;
pub use tree::root;
