//! Makes an empty database and runs a command that finds its address in the variable: `scratch VARIABLE COMMAND …`.
//! For instance a portal to try: `scratch DESKSIDE_DATABASE_URL target/ci/deskside-portal`.

use std::{
    env,
    error::Error,
    process::{Command, ExitCode},
};

use deskside_scratch_postgres::Server;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let usage = "usage: scratch VARIABLE COMMAND [ARGUMENT …]";
    let (variable, program) = (arguments.next().ok_or(usage)?, arguments.next().ok_or(usage)?);
    let server = Server::start()?;
    let database = server.database()?;
    let status = Command::new(program).args(arguments).env(variable, database.url()).status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
