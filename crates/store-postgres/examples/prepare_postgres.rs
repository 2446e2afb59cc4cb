//! Makes the tables that the query macros are checked against (README), in an empty database: `prepare_postgres URL`.

use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).ok_or("usage: prepare_postgres URL")?;
    deskside_store_postgres::prepare(&url.parse()?).await?;
    Ok(())
}
