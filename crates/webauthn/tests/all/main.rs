#![cfg(test)]
//! Both ceremonies from outside: what an honest authenticator makes is accepted, and each single lie has its reason.

mod accepted;
mod attestation;
mod authentication;
mod both;
mod change;
mod client_data;
mod counting;
mod hostile_cbor;
mod keys;
mod made;
mod metadata;
mod mutations;
mod options;
mod reasons;
mod registration;
mod seeds;
mod signatures;
mod targets;
mod w3c;
mod world;
