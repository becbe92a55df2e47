//! What the tests of every room stand on: a clock that is set, randomness that repeats, a house on either engine,
//! a breaker for every write, a mail server that misbehaves where it is told to, and a program that does ceremonies
//! with the real server.
//!
//! ```text
//! testkit::on_both_engines! {
//!     fn an_account_ends_once(house) {
//!         let app = house.app().await;
//!         // ... use cases, then:
//!         testkit::check_everything(&app).await;
//!     }
//! }
//! ```
//!
//! What it refuses: mocks of our own rooms; sleeping; a shared database between tests.
//!
//! Invariants:
//! - `nothing left`: folders and databases a test made are gone when it ends.
//! - `one seed`: the same test draws the same bytes every time.

mod breaker;
mod clock;
mod entropy;
mod folder;
mod house;
mod http;
mod mail;
pub mod process;
mod program;
mod shelf;
pub mod smtp;
mod web_sink;

pub use breaker::{Breaker, Strike};
pub use clock::FakeClock;
pub use entropy::SeededEntropy;
pub use folder::Folder;
pub use house::{House, check_everything, run, site};
pub use http::{Answer, Http};
pub use mail::MailSink;
pub use program::{Begun, Ceremony, Finish, Program};
pub use shelf::Shelf;
pub use smtp::SmtpSink;
pub use web_sink::WebSink;

/// Says a figure that whoever reads the run should see: past the capture, which hides what passing tests print.
pub fn tell(figure: impl std::fmt::Display) {
    use std::io::Write;
    let _nobody_reads = writeln!(std::io::stderr(), "{figure}");
}

/// Declares tests that run on SQLite and on PostgreSQL, each against a house of its own.
#[macro_export]
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* fn $name:ident($house:ident) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn body($house: &$crate::House) $body

            #[test]
            fn sqlite() {
                $crate::run(async { body(&$crate::House::sqlite()).await });
            }

            #[test]
            fn postgres() {
                $crate::run(async {
                    let house = $crate::House::postgres().await;
                    body(&house).await;
                    house.leave().await;
                });
            }
        }
    )+};
}
