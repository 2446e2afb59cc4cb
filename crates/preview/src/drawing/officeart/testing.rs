//! Records for tests, built by hand.

use super::options::Options;
use super::record::{Records, kind};

/// A record with this content; containers are of version 15.
pub(crate) fn record(kind: u16, instance: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = (instance << 4).to_le_bytes().to_vec();
    bytes.extend(kind.to_le_bytes());
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}

/// A table of properties; `complex` stands behind it.
pub(crate) fn table(entries: &[(u16, u32)], complex: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    for (id, value) in entries {
        data.extend(id.to_le_bytes());
        data.extend(value.to_le_bytes());
    }
    data.extend(complex);
    record(kind::OPTIONS, entries.len() as u16, &data)
}

/// The properties of all tables in these bytes.
pub(crate) fn options(bytes: &[u8]) -> Options<'_> {
    let mut options = Options::default();
    Records::new(bytes).for_each(|record| options.read(&record));
    options
}

/// A shape of a preset with its properties, mirrored from left to right; `rest` are further records in it.
pub(crate) fn shape(id: u32, preset: u16, entries: &[(u16, u32)], complex: &[u8], rest: &[u8]) -> Vec<u8> {
    let atom = record(kind::SHAPE_ATOM, preset, &[id, 0x40].map(u32::to_le_bytes).concat());
    record(kind::SHAPE, 0, &[&atom, &table(entries, complex), rest].concat())
}

/// Edges as records store them.
pub(crate) fn rectangle(kind: u16, edges: [i32; 4]) -> Vec<u8> {
    record(kind, 0, &edges.map(i32::to_le_bytes).concat())
}
