//! An S3 server that lives as long as the process that asked for it, for tests; and where the tests' Python tools are.
//!
//! It is moto's (tests/foreign/requirements.txt), on a free port of the loopback, and keeps everything in memory. It takes every
//! signature: whether ours are right is not seen here.
//!
//! Invariants
//! - Nothing is left over: the server ends when our end of a pipe is closed, which the system does for us however we end.

pub mod python_tools;

use std::{
    fmt,
    io::{self, BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
};

use url::Url;

/// Any would do; clients must name one.
pub const ACCESS_KEY: &str = "test";
/// Any would do; clients must name one.
pub const SECRET_KEY: &str = "test";
/// Where the buckets are said to be: the one region in which S3 makes them without being told where.
pub const REGION: &str = "us-east-1";

/// Why there is no server.
#[derive(Debug)]
pub enum Error {
    /// The Python tools are not installed.
    NotInstalled(python_tools::Missing),
    /// It did not start; what it said stands on standard error.
    Failed(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled(missing) => missing.fmt(f),
            Self::Failed(error) => write!(f, "the S3 server did not start: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotInstalled(_) => None,
            Self::Failed(error) => Some(error),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// A running server; dropping it ends it.
#[derive(Debug)]
pub struct ScratchS3 {
    /// Buckets are folders below it (path style).
    pub endpoint: Url,
    /// An empty bucket.
    pub bucket: String,
    line: Mutex<Line>,
}

/// Our ends of the server's pipes.
#[derive(Debug)]
struct Line {
    server: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl ScratchS3 {
    /// Makes a server with a bucket and waits until both are there: about three seconds.
    ///
    /// # Errors
    /// Where the Python tools are not installed, or it does not start.
    pub fn start() -> Result<Self, Error> {
        let python = python_tools::program("python").map_err(Error::NotInstalled)?;
        let mut command = Command::new(python);
        command.args(["-c", include_str!("server.py")]).stdin(Stdio::piped()).stdout(Stdio::piped());
        // In a group of its own, so that Ctrl-C does not reach it before its time.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut server = command.spawn()?;
        let gone = || io::Error::other("it was started without pipes");
        let orders = Some(server.stdin.take().ok_or_else(gone)?);
        let answers = BufReader::new(server.stdout.take().ok_or_else(gone)?);
        let mut line = Line { server, orders, answers };
        let endpoint = Url::parse(&line.answer()?).map_err(io::Error::other)?;
        let bucket = line.answer()?;
        Ok(Self { endpoint, bucket, line: Mutex::new(line) })
    }

    /// The one server of this process, started by the first who asks.
    ///
    /// # Panics
    /// Where it cannot be started: the tests that need it have failed.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<ScratchS3> = OnceLock::new();
        SHARED.get_or_init(|| Self::start().unwrap_or_else(|error| panic!("{error}")))
    }

    /// Another empty bucket; it goes with the server.
    ///
    /// # Errors
    /// Where the server is gone.
    pub fn new_bucket(&self) -> Result<String, Error> {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(orders) = &mut line.orders {
            writeln!(orders)?;
        }
        Ok(line.answer()?)
    }
}

impl Line {
    fn answer(&mut self) -> io::Result<String> {
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            return Err(io::Error::other("it ended; the reason stands on standard error"));
        }
        Ok(answer.trim_end().to_owned())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.orders = None;
        // Nothing in there outlives it, so nothing has to be put in order first.
        drop(self.server.kill());
        drop(self.server.wait());
    }
}
