#![cfg(test)]
//! Both ceremonies from outside: what an honest authenticator makes is accepted, and each single lie has its reason.

mod accepted;
mod attestation;
mod authentication;
mod both;
mod change;
mod client_data;
mod keys;
mod metadata;
mod mutations;
mod options;
mod reasons;
mod registration;
mod seeds;
mod signatures;
mod w3c;
mod world;
