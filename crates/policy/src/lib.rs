//! Decisions (being written).
