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
const PURE: [&str; 5] = ["proto", "timeline", "session", "transfer", "web"];

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

/// Build `deskside-web` into ui/src/lib/wasm, unless nothing it is made from has changed.
pub(crate) fn build(house: &House, steps: &mut Steps, tools: &Tools) -> Result<()> {
    let out = house.ui().join("src/lib/wasm");
    let stamp = house.stamps().join("wasm");
    let digest = inputs(house, &tools.wasm)?;
    if out.join("deskside_web_bg.wasm").is_file() && stamp::fresh(&stamp, &digest) {
        return Ok(());
    }
    steps.step("the browser's client core (wasm)", || {
        let mut command = cargo(&house.root);
        command.args(["build", "--lib", "--profile", "wasm", "--target", TARGET, "-p", "deskside-web"]);
        tools.wasm.equip(&mut command, &house.root);
        run(&mut command)?;
        bind(house, tools, &out)?;
        optimise(house, &out.join("deskside_web_bg.wasm"))?;
        stamp::note(&stamp, &digest)
    })
}

fn inputs(house: &House, toolchain: &Toolchain) -> Result<String> {
    let mut inputs = Inputs::default().text(&toolchain.name).text(&OPTIMISE.join(" "));
    for file in ["Cargo.lock", "Cargo.toml"] {
        inputs = inputs.path(&house.root.join(file))?;
    }
    for krate in PURE {
        let folder = house.root.join("crates").join(krate);
        inputs = inputs.path(&folder.join("Cargo.toml"))?.path(&folder.join("src"))?;
    }
    Ok(inputs.digest())
}

/// wasm-bindgen writes the JavaScript half, with its types.
fn bind(house: &House, tools: &Tools, out: &Path) -> Result<()> {
    let module = wasm_target_folder(&house.root).join(TARGET).join("wasm/deskside_web.wasm");
    run(Command::new(&tools.wasm_bindgen)
        .args(["--target", "web", "--remove-name-section", "--remove-producers-section", "--out-dir"])
        .arg(out)
        .arg(module))
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
