#![cfg(test)]
//! The use cases on both engines: with a clock that is set, randomness that repeats, and nothing mocked.

mod account;
mod acts;
mod authenticators;
mod broken_writes;
mod credential;
mod damages;
mod doctor;
mod domain;
mod failures;
mod keys;
mod outbox;
mod past;
mod people;
mod races;
mod renewal;
mod residents;
mod session;
mod setup;
mod sign_in;
mod sign_up;
mod stand;
mod standing;
mod start;
mod upkeep;
