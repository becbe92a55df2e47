#![cfg(test)]

mod account;
mod client;
mod crawl;
mod doors;
mod failure;
mod house;
mod openapi;
mod source;
mod wire;
