//! Makes the empty database that the query macros are checked against (README): `prepare_sqlite FILE`.

use std::{error::Error, path::PathBuf};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path: PathBuf = std::env::args_os().nth(1).ok_or("usage: prepare_sqlite FILE")?.into();
    deskside_store_sqlite::prepare(&path).await?;
    Ok(())
}
