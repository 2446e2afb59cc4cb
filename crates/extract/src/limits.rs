//! What this process may use. Set before the first byte from outside is read.

use std::io;

/// What one kind of work may take.
pub(crate) struct Means {
    /// Bytes of address space.
    #[cfg_attr(not(unix), expect(dead_code, reason = "the parent's deadline holds there"))]
    memory: u64,
    #[cfg_attr(not(unix), expect(dead_code, reason = "the parent's deadline holds there"))]
    cpu_seconds: u64,
}

/// Enough for a 50-megapixel picture and its smaller copy.
pub(crate) const PICTURE: Means = Means { memory: 512 * 1024 * 1024, cpu_seconds: 10 };
/// The viewer's ceiling, with the document itself beside it.
pub(crate) const DOCUMENT: Means = Means { memory: 768 * 1024 * 1024, cpu_seconds: 20 };

/// Standard input, output and error, and a few for the loader.
#[cfg(unix)]
const OPEN_FILES: u64 = 16;

/// Hard limits: they cannot be raised again.
#[cfg(unix)]
pub(crate) fn apply(means: &Means) -> io::Result<()> {
    use rlimit::Resource;
    for (resource, limit) in [
        (Resource::AS, means.memory),
        (Resource::CPU, means.cpu_seconds),
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
pub(crate) fn apply(_means: &Means) -> io::Result<()> {
    Ok(())
}
