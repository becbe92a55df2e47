#![cfg(test)]

mod account;
mod browser;
mod client;
mod crawl;
mod doors;
mod failure;
mod house;
mod openapi;
mod pages;
mod sign_in;
mod source;
mod wire;
