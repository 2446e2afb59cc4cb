//! Zip archives: parts are found by name and inflated as streams, every inflated byte counted.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, BufReader, Read};

use flate2::bufread::DeflateDecoder;
use zip::read::{Config, ZipArchive};
use zip::result::ZipError;

use crate::error::{PreviewError, Result};
use crate::limits::{Budget, Limits};
use crate::source::{ReadAt, Slice};

/// An archive.
pub(crate) struct Zip<'a> {
    source: &'a dyn ReadAt,
    archive: RefCell<ZipArchive<Slice<'a>>>,
    /// Names as compared: lower case, `/` between folders, none in front.
    index: HashMap<String, usize>,
    limits: Limits,
    budget: Budget,
}

impl<'a> Zip<'a> {
    /// Reads the list of parts.
    pub(crate) fn open(source: &'a dyn ReadAt, limits: &Limits) -> Result<Self> {
        let archive = ZipArchive::with_config(Config::default(), Slice::whole(source)).map_err(from_zip)?;
        if archive.len() > limits.parts {
            return Err(PreviewError::TooLarge("it has too many parts"));
        }
        let mut index = HashMap::with_capacity(archive.len());
        for number in 0..archive.len() {
            if let Some(Ok(name)) = archive.name_for_index(number) {
                // The first of two wins, as in Office.
                index.entry(key(&name)).or_insert(number);
            }
        }
        let budget = Budget::new(limits.inflated);
        Ok(Self { source, archive: RefCell::new(archive), index, limits: limits.clone(), budget })
    }

    /// There is such a part. Names are compared as Office does: without regard to case, to `\` or a `/` in front.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.index.contains_key(&key(name))
    }

    /// All names, as compared (lower case), in no order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.index.keys().map(String::as_str)
    }

    /// A part as a stream that outlives this borrow; none where there is no such part.
    ///
    /// # Errors
    /// Encrypted and damaged parts; the stream ends with an error over a limit.
    pub(crate) fn stream(&self, name: &str) -> Result<Option<Box<dyn Read + 'a>>> {
        let Some(number) = self.index.get(&key(name)) else { return Ok(None) };
        let mut archive = self.archive.borrow_mut();
        let file = archive.by_index_raw(*number).map_err(from_zip)?;
        if file.encrypted() {
            return Err(PreviewError::Encrypted);
        }
        let start = file.data_start().ok_or_else(|| PreviewError::malformed("a part without content"))?;
        let slice = Slice::new(self.source, start, file.compressed_size());
        let inflated: Box<dyn Read + 'a> = match file.compression() {
            zip::CompressionMethod::Stored => Box::new(slice),
            zip::CompressionMethod::Deflated => Box::new(BufReader::new(DeflateDecoder::new(slice))),
            _ => return Err(PreviewError::malformed("packed in a way that documents are not")),
        };
        Ok(Some(Box::new(Counted { inner: inflated, left: self.limits.part, budget: self.budget.clone() })))
    }

    /// The whole of a part; none where there is no such part.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(mut stream) = self.stream(name)? else { return Ok(None) };
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// The limits the archive was opened with.
    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }
}

fn key(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches('/').to_lowercase()
}

fn from_zip(error: ZipError) -> PreviewError {
    match error {
        ZipError::Io(error) => error.into(),
        error => PreviewError::malformed(error.to_string()),
    }
}

/// Counts what comes out against the limits of the part and of the document.
struct Counted<R> {
    inner: R,
    left: u64,
    budget: Budget,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let left = self.left.checked_sub(count as u64);
        self.left =
            left.ok_or_else(|| io::Error::from(PreviewError::TooLarge("a part of it unpacks to too much")))?;
        self.budget.spend(count as u64)?;
        Ok(count)
    }
}
