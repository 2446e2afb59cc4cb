//! Where the portal keeps what is not a file: SQLite in the data folder, or a PostgreSQL server for those who outgrew it.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::bail;
use deskside_store::{Store, StoreError, backup::Snapshot};
use deskside_store_postgres::PostgresStore;
use deskside_store_sqlite::SqliteStore;
use url::Url;

/// How every SQLite file begins (<https://www.sqlite.org/fileformat.html#the_database_header>).
const SQLITE_HEADER: &[u8; 16] = b"SQLite format 3\0";
/// The oldest PostgreSQL that is tested, as `server_version_num` counts.
const POSTGRES_OLDEST: i32 = 15_00_00;

/// Which database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The file.
    Sqlite(PathBuf),
    /// `postgres://…`, with its password: not to be shown.
    Postgres(Url),
}

impl Place {
    /// The database at `url`, or without one the file in the data folder.
    ///
    /// # Errors
    /// For an address of something else.
    pub fn new(folder: &Path, url: Option<&Url>) -> anyhow::Result<Self> {
        match url {
            None => Ok(Self::Sqlite(folder.join("deskside.db"))),
            Some(url) if ["postgres", "postgresql"].contains(&url.scheme()) => {
                Ok(Self::Postgres(url.clone()))
            }
            Some(url) => bail!(
                "--database-url takes postgres://user:password@host/database, not {}://…; without it the portal keeps \
                 its data in the data folder",
                url.scheme()
            ),
        }
    }

    /// Opens it, and brings it up to this version.
    ///
    /// # Errors
    /// Where it cannot be reached, another portal has it, or a newer version wrote it.
    pub async fn open(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(match self {
            Self::Sqlite(path) => Arc::new(SqliteStore::open(path).await?),
            Self::Postgres(url) => Arc::new(PostgresStore::open(url).await?),
        })
    }

    /// What a backup calls it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// Copies it into the empty file `target`, as it is now; a portal may have it open.
    ///
    /// # Errors
    /// Where there is none, another version wrote it, or it cannot be copied.
    pub async fn snapshot(&self, target: &Path) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(match self {
            Self::Sqlite(path) => Box::new(deskside_store_sqlite::backup::snapshot(path, target).await?),
            Self::Postgres(url) => Box::new(deskside_store_postgres::backup::snapshot(url, target).await?),
        })
    }

    /// Whether nothing is there that a restore would have to replace.
    ///
    /// # Errors
    /// Where a server cannot be reached.
    pub async fn has_room(&self) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(path) => Ok(!path.exists()),
            Self::Postgres(url) => deskside_store_postgres::backup::has_room(url).await,
        }
    }

    /// Takes the copy `source` that a snapshot of the same kind made; a file is moved.
    ///
    /// # Errors
    /// Where there is a database already, or it cannot be written.
    pub async fn restore(&self, source: &Path) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(path) => {
                deskside_store_sqlite::backup::after_restore(source).await?;
                fs::rename(source, path).map_err(|error| StoreError::Database(Box::new(error)))
            }
            Self::Postgres(url) => deskside_store_postgres::backup::restore(url, source).await,
        }
    }

    /// What is right with it, or what is wrong and what to do; without opening it, as a portal may have it open.
    ///
    /// # Errors
    /// The sentence for people.
    pub async fn examine(&self) -> Result<String, String> {
        match self {
            Self::Sqlite(path) => sqlite(path),
            Self::Postgres(url) => postgres(url).await,
        }
    }
}

fn sqlite(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let mut header = [0; SQLITE_HEADER.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    match read {
        Ok(()) if header == *SQLITE_HEADER => {
            let size = fs::metadata(path).map(|data| data.len()).unwrap_or_default();
            Ok(format!("SQLite, {shown}, {} MiB", size >> 20))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(format!("SQLite, {shown} (made at the first start)"))
        }
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            Err(format!("{shown} cannot be read ({error}). Give this user the right to read and write it"))
        }
        _ => Err(format!("{shown} is no SQLite database. Restore a backup, or move it away to begin anew")),
    }
}

async fn postgres(url: &Url) -> Result<String, String> {
    let found = PostgresStore::examine(url).await.map_err(|error| error.to_string())?;
    let (place, version) = (&found.place, &found.version);
    if found.version_number < POSTGRES_OLDEST {
        return Err(format!("PostgreSQL {version} at {place} is older than 15. Update the server"));
    }
    if found.encoding != "UTF8" {
        return Err(format!(
            "{place} is encoded in {}, which does not hold every name. Make one with `createdb --encoding UTF8 \
             --template template0` and name it in --database-url",
            found.encoding
        ));
    }
    Ok(format!("PostgreSQL {version}, {place}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_postgres_or_nothing() {
        let folder = Path::new("/var/lib/deskside");
        assert_eq!(Place::new(folder, None).unwrap(), Place::Sqlite(folder.join("deskside.db")));
        for (url, is_taken) in [
            ("postgres://db/deskside", true),
            ("postgresql://db/deskside", true),
            ("mysql://root:hunter2@db/deskside", false),
            ("sqlite:///tmp/x.db", false),
        ] {
            let place = Place::new(folder, Some(&url.parse().unwrap()));
            assert_eq!(place.is_ok(), is_taken, "{url}");
            if let Err(error) = place {
                assert!(error.to_string().contains("postgres://") && !error.to_string().contains("hunter2"));
            }
        }
    }

    #[tokio::test]
    async fn a_file_is_a_database_or_it_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path(), None).unwrap();
        assert!(place.examine().await.unwrap().contains("made at the first start"));
        drop(place.open().await.unwrap());
        assert!(place.examine().await.unwrap().starts_with("SQLite"));
        fs::write(folder.path().join("deskside.db"), "my shopping list, which is long enough").unwrap();
        assert!(place.examine().await.unwrap_err().contains("no SQLite database"));
    }
}
