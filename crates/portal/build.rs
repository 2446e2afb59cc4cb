//! Makes sure that there is something to embed: a build without the user interface still serves a page that says so.

use std::{fs, io, path::Path};

const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Deskside</title>\
<body><p>This portal was built without its user interface. Build the ui folder, then the portal again.</p></body></html>\n";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=../../ui/dist");
    let dist = Path::new("../../ui/dist");
    if !dist.join("index.html").exists() {
        fs::create_dir_all(dist)?;
        fs::write(dist.join("index.html"), PLACEHOLDER)?;
    }
    Ok(())
}
