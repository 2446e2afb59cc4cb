//! What this process may use. Set before the first byte from outside is read.

use std::io;

/// Address space: enough for a 50-megapixel picture and its smaller copy.
#[cfg(unix)]
const MEMORY: u64 = 512 * 1024 * 1024;
#[cfg(unix)]
const CPU_SECONDS: u64 = 10;
/// Standard input, output and error, and a few for the loader.
#[cfg(unix)]
const OPEN_FILES: u64 = 16;

/// Hard limits: they cannot be raised again.
#[cfg(unix)]
pub(crate) fn apply() -> io::Result<()> {
    use rlimit::Resource;
    for (resource, limit) in [
        (Resource::AS, MEMORY),
        (Resource::CPU, CPU_SECONDS),
        (Resource::NOFILE, OPEN_FILES),
        // No file can be written; the output is a pipe.
        (Resource::FSIZE, 0),
        (Resource::CORE, 0),
    ] {
        let (_, hard) = rlimit::getrlimit(resource)?;
        let limit = limit.min(hard);
        rlimit::setrlimit(resource, limit, limit)?;
    }
    Ok(())
}

/// Elsewhere the parent's deadline and the decoder's own limits hold.
#[cfg(not(unix))]
pub(crate) fn apply() -> io::Result<()> {
    Ok(())
}
