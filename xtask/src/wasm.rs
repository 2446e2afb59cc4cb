//! The browser's client core: Rust → wasm → JavaScript bindings → optimised.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{cargo, run};
use crate::house::House;
use crate::setup::{Toolchain, Tools, WASM_TARGET as TARGET, wasm_target_folder};
use crate::stamp::{self, Inputs};
use crate::steps::Steps;

/// No tokio, files, clock or randomness: these must compile for the browser.
const PURE: [&str; 8] = ["proto", "timeline", "session", "transfer", "bot", "web", "preview", "preview-wasm"];

/// A module that pages load.
struct Module {
    krate: &'static str,
    /// What it is to a reader of the build's output.
    what: &'static str,
    /// Crates it is made from, itself included.
    from: &'static [&'static str],
    /// Of its features; none = as it comes.
    features: Option<&'static str>,
    /// What the page's files are called.
    file: &'static str,
}

const MODULES: [Module; 3] = [
    Module {
        krate: "deskside-web",
        what: "the browser's client core (wasm)",
        from: &["proto", "timeline", "session", "transfer", "web"],
        features: None,
        file: "deskside_web",
    },
    Module {
        krate: "deskside-preview-wasm",
        what: "previews of what flows and of slides (wasm)",
        from: &["preview", "preview-wasm"],
        features: Some("pages"),
        file: "deskside_preview_pages",
    },
    Module {
        krate: "deskside-preview-wasm",
        what: "previews of sheets and text (wasm)",
        from: &["preview", "preview-wasm"],
        features: Some("tables"),
        file: "deskside_preview_tables",
    },
];

/// What the compiler emits and every supported browser has. Not `--all-features`: Node 20 cannot load the outcome.
const OPTIMISE: [&str; 7] = [
    "-Os",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Check the pure crates for the browser.
pub(crate) fn check(house: &House, steps: &mut Steps, toolchain: &Toolchain) -> Result<()> {
    steps.step("check the pure crates for the browser", || {
        let mut command = cargo(&house.root);
        command.args(["check", "--lib", "--profile", "wasm", "--target", TARGET]);
        for krate in PURE {
            command.arg("-p").arg(format!("deskside-{krate}"));
        }
        toolchain.equip(&mut command, &house.root);
        run(&mut command)
    })
}

/// Build the modules into ui/src/lib/wasm, each unless nothing it is made from has changed.
pub(crate) fn build(house: &House, steps: &mut Steps, tools: &Tools) -> Result<()> {
    MODULES.iter().try_for_each(|module| build_module(house, steps, tools, module))
}

fn build_module(house: &House, steps: &mut Steps, tools: &Tools, module: &Module) -> Result<()> {
    let out = house.ui().join("src/lib/wasm");
    let wasm = out.join(format!("{}_bg.wasm", module.file));
    let stamp = house.stamps().join(module.file);
    let digest = inputs(house, &tools.wasm, module)?;
    if wasm.is_file() && stamp::fresh(&stamp, &digest) {
        return Ok(());
    }
    steps.step(module.what, || {
        let mut command = cargo(&house.root);
        command.args(["build", "--lib", "--profile", "wasm", "--target", TARGET, "-p", module.krate]);
        if let Some(features) = module.features {
            command.args(["--no-default-features", "--features", features]);
        }
        tools.wasm.equip(&mut command, &house.root);
        run(&mut command)?;
        bind(house, tools, module, &out)?;
        optimise(house, &wasm)?;
        stamp::note(&stamp, &digest)
    })
}

fn inputs(house: &House, toolchain: &Toolchain, module: &Module) -> Result<String> {
    let mut inputs = Inputs::default().text(&toolchain.name).text(&OPTIMISE.join(" "));
    for file in ["Cargo.lock", "Cargo.toml"] {
        inputs = inputs.path(&house.root.join(file))?;
    }
    for krate in module.from {
        let folder = house.root.join("crates").join(krate);
        inputs = inputs.path(&folder.join("Cargo.toml"))?.path(&folder.join("src"))?;
    }
    Ok(inputs.digest())
}

/// wasm-bindgen writes the JavaScript half, with its types.
fn bind(house: &House, tools: &Tools, module: &Module, out: &Path) -> Result<()> {
    let built = format!("wasm/{}.wasm", module.krate.replace('-', "_"));
    let built = wasm_target_folder(&house.root).join(TARGET).join(built);
    run(Command::new(&tools.wasm_bindgen)
        .args(["--target", "web", "--remove-name-section", "--remove-producers-section"])
        .args(["--out-name", module.file, "--out-dir"])
        .arg(out)
        .arg(built))
}

fn optimise(house: &House, module: &Path) -> Result<()> {
    let before = size(module)?;
    let smaller = module.with_extension("smaller");
    let script = house.ui().join("node_modules/binaryen/bin/wasm-opt");
    run(Command::new("node").arg(script).args(OPTIMISE).arg(module).arg("-o").arg(&smaller))
        .context("wasm-opt comes with the UI's package `binaryen`")?;
    fs::rename(&smaller, module)?;
    println!("    {} KB, {} KB before wasm-opt", size(module)? / 1024, before / 1024);
    Ok(())
}

fn size(file: &Path) -> Result<u64> {
    let data = fs::metadata(file).with_context(|| format!("cannot see {}", file.display()))?;
    Ok(data.len())
}
