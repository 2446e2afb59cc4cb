//! What tests make of the portal from outside: it dies at a point that they name, as in a power cut, and its clock runs faster. Builds
//! without debug assertions know nothing of that.

use deskside_proto::Millis;

/// Ends the process here, without another word, where `DESKSIDE_DIE_AT` names this point. `tests/tests/endings.rs` lists them.
#[cfg(debug_assertions)]
pub(crate) fn reach(point: &str) {
    if std::env::var_os("DESKSIDE_DIE_AT").is_some_and(|wanted| wanted == point) {
        std::process::abort();
    }
}

#[cfg(not(debug_assertions))]
pub(crate) fn reach(_point: &str) {}

/// The time it is: from the millisecond before the comma of `DESKSIDE_CLOCK` on, time goes as many times as fast as stands behind it.
#[cfg(debug_assertions)]
pub(crate) fn clock(now: Millis) -> Millis {
    static HASTE: std::sync::OnceLock<Option<(i64, i64)>> = std::sync::OnceLock::new();
    let wanted = || {
        let text = std::env::var("DESKSIDE_CLOCK").ok()?;
        let (from, times) = text.split_once(',')?;
        Some((from.parse().ok()?, times.parse().ok()?))
    };
    match HASTE.get_or_init(wanted) {
        Some((from, times)) => {
            Millis(from.saturating_add(now.0.saturating_sub(*from).saturating_mul(*times)))
        }
        None => now,
    }
}

#[cfg(not(debug_assertions))]
pub(crate) fn clock(now: Millis) -> Millis {
    now
}
