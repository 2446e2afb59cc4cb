//! OLE compound files: the formats before 2007, and encrypted ones after it ([MS-CFB]).

use std::io::Read as _;

use cfb::CompoundFile;

use crate::error::{PreviewError, Result};
use crate::limits::Limits;
use crate::source::{ReadAt, Slice};

/// A compound file.
pub(crate) struct Ole<'a> {
    file: CompoundFile<Slice<'a>>,
    part: u64,
}

impl<'a> Ole<'a> {
    /// Reads the directory.
    pub(crate) fn open(source: &'a dyn ReadAt, limits: &Limits) -> Result<Self> {
        let file = CompoundFile::open(Slice::whole(source))?;
        Ok(Self { file, part: limits.part })
    }

    /// There is such a stream or storage (`/` between names; case does not matter).
    pub(crate) fn has(&self, path: &str) -> bool {
        self.file.exists(path)
    }

    /// Paths of all streams, at most `limit`.
    pub(crate) fn streams(&self, limit: usize) -> Vec<String> {
        let streams = self.file.walk().filter(|entry| entry.is_stream()).take(limit);
        streams.map(|entry| entry.path().to_string_lossy().into_owned()).collect()
    }

    /// The whole of a stream; none where there is no such stream.
    pub(crate) fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>> {
        if !self.file.is_stream(path) {
            return Ok(None);
        }
        let stream = self.file.open_stream(path)?;
        if stream.len() > self.part {
            return Err(PreviewError::TooLarge("a part of it is too large"));
        }
        let mut bytes = Vec::new();
        // What is damaged further on is read up to there.
        match stream.take(self.part).read_to_end(&mut bytes) {
            Err(error) if bytes.is_empty() => Err(error.into()),
            _ => Ok(Some(bytes)),
        }
    }
}
