//! The ceiling of the module's memory: what a document may cost at most (docs/SECURITY.md).

const MAX_MEMORY_BYTES: u32 = 512 * 1024 * 1024;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        println!("cargo::rustc-cdylib-link-arg=--max-memory={MAX_MEMORY_BYTES}");
    }
}
