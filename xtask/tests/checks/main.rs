#![cfg(test)]
//! Each check is shown a fault planted in a small tree of its own, and must find it; then it is shown the real tree.

mod command;
mod deny;
mod layers;
mod planted;
mod real_tree;
mod sizes;
mod sql;
mod whereabouts;
