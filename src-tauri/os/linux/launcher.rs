//! The number and the progress bar on the app's icon in docks and task bars: the Unity launcher API, which Plasma, Ubuntu's dock and others read.

use std::collections::HashMap;

use zbus::{Connection, zvariant::Value};

use super::DESKTOP_ENTRY;

const PATH: &str = "/app/deskside/desktop";
const INTERFACE: &str = "com.canonical.Unity.LauncherEntry";

/// Shows `count`; 0 takes the number away.
pub(super) async fn update(bus: &Connection, count: usize) -> zbus::Result<()> {
    let entry = format!("application://{DESKTOP_ENTRY}.desktop");
    let properties = HashMap::from([
        ("count", Value::from(i64::try_from(count).unwrap_or(i64::MAX))),
        ("count-visible", Value::from(count > 0)),
    ]);
    bus.emit_signal(None::<&str>, PATH, INTERFACE, "Update", &(entry, properties)).await
}

/// Shows how far files are; without a number the bar goes away.
pub(super) async fn progress(bus: &Connection, percent: Option<u8>) -> zbus::Result<()> {
    let entry = format!("application://{DESKTOP_ENTRY}.desktop");
    let properties = HashMap::from([
        ("progress", Value::from(f64::from(percent.unwrap_or(0)) / 100.0)),
        ("progress-visible", Value::from(percent.is_some())),
    ]);
    bus.emit_signal(None::<&str>, PATH, INTERFACE, "Update", &(entry, properties)).await
}
