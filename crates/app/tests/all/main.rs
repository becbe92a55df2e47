#![cfg(test)]
//! The use cases on both engines: with a clock that is set, randomness that repeats, and nothing mocked.

mod account;
mod acts;
mod broken_writes;
mod doctor;
mod keys;
mod outbox;
mod people;
mod sign_in;
mod start;
mod upkeep;
