#![cfg(test)]

mod account;
mod authenticators;
mod browser;
mod client;
mod crawl;
mod credential;
mod cross_site;
mod doors;
mod failure;
mod house;
mod input;
mod limit;
mod openapi;
mod pages;
mod report;
mod session;
mod sign_in;
mod sign_up;
mod signals;
mod source;
mod well_known;
mod wire;
