#![cfg(test)]

mod account;
mod browser;
mod client;
mod crawl;
mod credential;
mod doors;
mod failure;
mod house;
mod openapi;
mod pages;
mod sign_in;
mod source;
mod wire;
