//! Zip archives: parts are found by name and inflated as streams, every inflated byte counted.
//!
//! Where the list of parts at the end is missing or wrong (cut downloads, broken writers), parts are found by the headers
//! in front of each ([`recovery`]).

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use flate2::bufread::DeflateDecoder;
use zip::read::{Config, ZipArchive};
use zip::result::ZipError;

use super::recovery::{Found, scan};
use crate::error::{PreviewError, Result};
use crate::limits::{Budget, Limits};
use crate::source::{ReadAt, Slice, Source};

/// An archive.
pub(crate) struct Zip<'a> {
    source: Source<'a>,
    /// None where its list of parts can't be read.
    archive: Option<RefCell<ZipArchive<Slice<'a>>>>,
    /// Names as compared: lower case, `/` between folders, none in front.
    index: HashMap<String, usize>,
    /// Parts that are in memory already, by their names as compared.
    unpacked: HashMap<String, Rc<[u8]>>,
    /// Parts by their own headers, looked for when the list fails.
    found: OnceCell<HashMap<String, Found>>,
    limits: Limits,
    budget: Budget,
}

impl<'a> Zip<'a> {
    /// Reads the list of parts.
    pub(crate) fn open(source: &'a dyn ReadAt, limits: &Limits) -> Result<Self> {
        Self::of(Source::Given(source), limits)
    }

    /// Reads the list of parts of an archive that may have been inside of something else.
    pub(crate) fn of(source: Source<'a>, limits: &Limits) -> Result<Self> {
        Self::within(source, limits, Budget::new(limits.inflated))
    }

    /// An archive that is a part of this one: what it inflates to counts as this one's.
    pub(crate) fn nested<'b>(&self, source: &'b dyn ReadAt, limits: &Limits) -> Result<Zip<'b>> {
        Zip::within(Source::Given(source), limits, self.budget.clone())
    }

    fn within(source: Source<'a>, limits: &Limits, budget: Budget) -> Result<Self> {
        let whole = Slice::of(source.clone(), 0, source.len());
        let archive = ZipArchive::with_config(Config::default(), whole).map_err(from_zip);
        let mut zip = Self {
            source,
            archive: None,
            index: HashMap::new(),
            unpacked: HashMap::new(),
            found: OnceCell::new(),
            limits: limits.clone(),
            budget,
        };
        match archive {
            Ok(archive) => zip.list(archive)?,
            Err(error @ (PreviewError::Waiting { .. } | PreviewError::Read(_))) => return Err(error),
            Err(error) if zip.found()?.is_empty() => return Err(error),
            Err(_) => zip.index = zip.found()?.keys().map(|name| (name.clone(), usize::MAX)).collect(),
        }
        Ok(zip)
    }

    /// Parts that came in another way than in an archive.
    pub(crate) fn of_parts(source: &'a dyn ReadAt, parts: Vec<(String, Vec<u8>)>, limits: &Limits) -> Self {
        let unpacked: HashMap<String, Rc<[u8]>> =
            parts.into_iter().map(|(name, bytes)| (key(&name), Rc::from(bytes))).collect();
        Self {
            source: Source::Given(source),
            archive: None,
            index: unpacked.keys().map(|name| (name.clone(), usize::MAX)).collect(),
            unpacked,
            found: OnceCell::new(),
            limits: limits.clone(),
            budget: Budget::new(limits.inflated),
        }
    }

    fn list(&mut self, archive: ZipArchive<Slice<'a>>) -> Result<()> {
        if archive.len() > self.limits.parts {
            return Err(PreviewError::TooLarge("it has too many parts"));
        }
        for number in 0..archive.len() {
            if let Some(Ok(name)) = archive.name_for_index(number) {
                // The first of two wins, as in Office.
                self.index.entry(key(&name)).or_insert(number);
            }
        }
        self.archive = Some(RefCell::new(archive));
        Ok(())
    }

    /// Its list of parts was missing or wrong.
    pub(crate) fn is_damaged(&self) -> bool {
        self.found.get().is_some()
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
        let name = key(name);
        let Some(number) = self.index.get(&name) else { return Ok(None) };
        if let Some(part) = self.unpacked.get(&name) {
            return Ok(Some(Box::new(io::Cursor::new(part.clone()))));
        }
        let listed = self.archive.as_ref().map(|archive| listed(&mut archive.borrow_mut(), *number));
        let part = match listed {
            Some(Ok(part)) => part,
            Some(Err(error @ (PreviewError::Waiting { .. } | PreviewError::Read(_)))) => return Err(error),
            Some(Err(error)) => self.found()?.get(&name).copied().ok_or(error)?,
            None => {
                self.found()?.get(&name).copied().ok_or_else(|| PreviewError::malformed("a part is gone"))?
            }
        };
        if part.encrypted {
            return Err(PreviewError::Encrypted);
        }
        let inflated: Box<dyn Read + 'a> = match part.method {
            STORED => Box::new(Slice::of(self.source.clone(), part.start, part.length)),
            // Deflated data know their end: the length that is written down may be wrong.
            DEFLATED => {
                let slice = Slice::of(self.source.clone(), part.start, u64::MAX);
                Box::new(BufReader::new(DeflateDecoder::new(slice)))
            }
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

    /// Parts by their own headers.
    fn found(&self) -> Result<&HashMap<String, Found>> {
        if let Some(found) = self.found.get() {
            return Ok(found);
        }
        let mut by_name = HashMap::new();
        for (name, found) in scan(&self.source, self.limits.parts)? {
            by_name.entry(key(&name)).or_insert(found);
        }
        Ok(self.found.get_or_init(|| by_name))
    }
}

/// Ways of packing (APPNOTE 4.4.5).
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// A part by its place in the list.
fn listed(archive: &mut ZipArchive<Slice<'_>>, number: usize) -> Result<Found> {
    let file = archive.by_index_raw(number).map_err(from_zip)?;
    let method = match file.compression() {
        zip::CompressionMethod::Stored => STORED,
        zip::CompressionMethod::Deflated => DEFLATED,
        _ => u16::MAX,
    };
    let start = file.data_start().ok_or_else(|| PreviewError::malformed("a part without content"))?;
    Ok(Found { start, length: file.compressed_size(), method, encrypted: file.encrypted() })
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    fn packed() -> Result<Vec<u8>> {
        let mut zip = ZipWriter::new(io::Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file("a/One.xml", SimpleFileOptions::default()).map_err(from_zip)?;
        zip.write_all(&b"first ".repeat(1000))?;
        zip.start_file("two.xml", stored).map_err(from_zip)?;
        zip.write_all(b"second")?;
        Ok(zip.finish().map_err(from_zip)?.into_inner())
    }

    #[test]
    fn parts_are_found_without_the_list_at_the_end() -> Result<()> {
        let whole = packed()?;
        let list = whole.windows(4).position(|window| window == b"PK\x01\x02").expect("a list");
        let mut wrong = whole.clone();
        // The offset of the first local header.
        wrong[list + 42] = 0xff;
        let mut long = whole.clone();
        // The compressed size of the first part, in the list.
        long[list + 20..list + 24].copy_from_slice(&[1, 0, 0, 0]);
        for (bytes, damaged) in
            [(whole.clone(), false), (whole[..list].to_vec(), true), (wrong, true), (long, false)]
        {
            let zip = Zip::open(&bytes, &Limits::default())?;
            assert_eq!(zip.read("/A\\one.XML")?.map(|part| part.len()), Some(6000));
            assert_eq!(zip.read("two.xml")?.as_deref(), Some(&b"second"[..]));
            assert_eq!(zip.is_damaged(), damaged);
        }
        Ok(())
    }

    #[test]
    fn what_is_cut_is_read_as_far_as_it_goes() -> Result<()> {
        let whole = packed()?;
        let zip = Zip::open(&whole, &Limits::default())?;
        drop(zip);
        let bytes = whole[..50].to_vec();
        let zip = Zip::open(&bytes, &Limits::default())?;
        let mut text = Vec::new();
        let error = zip.stream("a/one.xml")?.expect("a part").read_to_end(&mut text);
        assert!(error.is_err());
        assert!(Zip::open(&whole[..20].to_vec(), &Limits::default()).is_err());
        Ok(())
    }

    #[test]
    fn inflated_bytes_are_counted() -> Result<()> {
        let bytes = packed()?;
        let zip = Zip::open(&bytes, &Limits { part: 100, ..Limits::default() })?;
        assert!(matches!(zip.read("a/one.xml"), Err(PreviewError::TooLarge(_))));
        let zip = Zip::open(&bytes, &Limits { inflated: 7000, ..Limits::default() })?;
        assert!(zip.read("a/one.xml").is_ok());
        assert!(matches!(zip.read("a/one.xml"), Err(PreviewError::TooLarge(_))));
        Ok(())
    }
}
