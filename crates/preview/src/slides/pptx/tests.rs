//! Whole presentations, zipped in memory.
