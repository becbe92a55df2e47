//! Ceremonies (being written).
