//! Hostile input (being written).
