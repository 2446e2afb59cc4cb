//! The measurements, each over servers as `servers` starts them.

pub mod fsync;
pub mod idle;
pub mod ladder;
pub mod low_load;
pub mod resume;
pub mod uploads;
