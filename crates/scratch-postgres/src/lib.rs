//! A PostgreSQL server that lives as long as the process that asked for it: for tests, and for checking queries against.
//!
//! It is made from the system's own package (Debian: `postgresql`), in a new folder below `/tmp`, reached by a Unix socket
//! there and by nothing else. PostgreSQL refuses to run as root: for root it runs as the package's user `postgres`.
//!
//! Invariants
//! - Nothing is left over: a shell (`server.sh`) holds the server and ends it when our end of a pipe is closed, which the
//!   system does for us however we end.

use std::{
    env, fmt, fs,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Names the folder of PostgreSQL's programs, where they are not in a usual place.
const PROGRAMS_VARIABLE: &str = "DESKSIDE_POSTGRES_PROGRAMS";
/// Where Debian has them, in a folder for each major version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The oldest major version whose answers the committed notes on queries are compared with.
const OLDEST: u32 = 15;

/// Why there is no server.
#[derive(Debug)]
pub enum Error {
    /// PostgreSQL is not installed.
    NotInstalled,
    /// It did not start; what it said stands on standard error.
    Failed(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => write!(
                f,
                "there is no PostgreSQL {OLDEST} or later: install it (Debian: postgresql) or name the folder of its \
                 programs in {PROGRAMS_VARIABLE}"
            ),
            Self::Failed(error) => write!(f, "PostgreSQL did not start: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotInstalled => None,
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
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    line: Mutex<Line>,
    databases: AtomicU64,
}

/// Our ends of the shell's pipes.
#[derive(Debug)]
struct Line {
    shell: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Server {
    /// Makes a server and waits until it answers: about a second.
    ///
    /// # Errors
    /// Where PostgreSQL is not installed or does not start.
    pub fn start() -> Result<Self, Error> {
        let programs = programs().ok_or(Error::NotInstalled)?;
        let mut shell = shell_as_nobody_special()?
            .args(["-c", include_str!("server.sh"), "deskside-postgres"])
            .arg(&programs)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let gone = || io::Error::other("its shell was started without pipes");
        let orders = shell.stdin.take().ok_or_else(gone)?;
        let answers = BufReader::new(shell.stdout.take().ok_or_else(gone)?);
        let mut line = Line { shell, orders: Some(orders), answers };
        let folder = PathBuf::from(line.answer()?);
        Ok(Self { programs, folder, line: Mutex::new(line), databases: AtomicU64::new(0) })
    }

    /// The one server of this process, started by the first who asks.
    ///
    /// # Panics
    /// Where it cannot be started: the tests that need it have failed.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| Self::start().unwrap_or_else(|error| panic!("{error}")))
    }

    /// A new, empty database.
    ///
    /// # Errors
    /// Where the server refuses.
    pub fn database(&self) -> Result<Database<'_>, Error> {
        let name = format!("scratch_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run(&format!("CREATE DATABASE {name}"))?;
        Ok(Database { server: self, name })
    }

    /// Lets the server die as by a crash, and starts it again: every connection is lost, what was committed is there.
    ///
    /// # Errors
    /// Where it does not come back.
    pub fn restart(&self) -> Result<(), Error> {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(orders) = &mut line.orders {
            writeln!(orders, "restart")?;
        }
        line.answer()?;
        Ok(())
    }

    fn run(&self, sql: &str) -> Result<(), Error> {
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["-X", "-q", "-U", "deskside", "-d", "postgres", "-h"]).arg(&self.folder);
        let status = command.args(["-c", sql]).stdin(Stdio::null()).status()?;
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("`{sql}` failed")).into()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let line = self.line.get_mut().unwrap_or_else(PoisonError::into_inner);
        line.orders = None;
        drop(line.shell.wait());
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

/// A database of a scratch server; dropping it drops it there, with whoever is connected.
#[derive(Debug)]
pub struct Database<'a> {
    server: &'a Server,
    name: String,
}

impl Database<'_> {
    /// Its address, as sqlx and `deskside-portal --database-url` take it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://deskside@localhost/{}?host={}", self.name, self.server.folder.display())
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        // One that cannot be dropped goes with its server.
        drop(self.server.run(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)));
    }
}

/// Whether there is a PostgreSQL to start.
#[must_use]
pub fn is_installed() -> bool {
    programs().is_some()
}

fn programs() -> Option<PathBuf> {
    let named = env::var_os(PROGRAMS_VARIABLE).map(PathBuf::from);
    named.or_else(|| newest(Path::new(DEBIAN))).or_else(|| {
        let path = env::var_os("PATH")?;
        env::split_paths(&path).find(|folder| folder.join("initdb").is_file())
    })
}

/// Of a folder with a folder for each major version.
fn newest(folder: &Path) -> Option<PathBuf> {
    let versions = fs::read_dir(folder).ok()?.filter_map(|entry| {
        let version: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let programs = folder.join(version.to_string()).join("bin");
        (version >= OLDEST && programs.join("initdb").is_file()).then_some((version, programs))
    });
    versions.max().map(|(_, programs)| programs)
}

/// A shell in a process group of its own, so that Ctrl-C does not reach the server before its time.
fn shell_as_nobody_special() -> io::Result<Command> {
    let id = Command::new("id").arg("-u").output()?;
    let is_root = id.stdout.trim_ascii() == b"0";
    let mut command = Command::new(if is_root { "setpriv" } else { "sh" });
    if is_root {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh"]);
    }
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    Ok(command)
}
