//! The server comes, serves, survives its own crash, and goes with whoever holds it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic is the failure report of a test")]

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use deskside_scratch_postgres::{Database, Server};

const PATIENCE: Duration = Duration::from_secs(30);

/// The server's folder, out of an address.
fn folder(database: &Database<'_>) -> String {
    database.url().split_once("?host=").unwrap().1.to_owned()
}

fn is_gone(folder: &str) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while Path::new(folder).exists() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    !Path::new(folder).exists()
}

fn psql(database: &Database<'_>, sql: &str) -> String {
    let output = Command::new("psql").args(["-X", "-At", "-d", &database.url(), "-c", sql]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn databases_are_apart_and_survive_a_crash() {
    let server = Server::start().unwrap();
    let (one, other) = (server.database().unwrap(), server.database().unwrap());
    psql(&one, "CREATE TABLE said (what TEXT); INSERT INTO said VALUES ('hello')");
    server.restart().unwrap();
    assert_eq!(psql(&one, "SELECT what FROM said"), "hello");
    assert_eq!(psql(&other, "SELECT count(*) FROM pg_class WHERE relname = 'said'"), "0");
    let folder = folder(&one);
    drop((one, other));
    drop(server);
    assert!(is_gone(&folder));
}

/// This test starts itself again as a child that holds a server and is killed.
#[test]
fn nothing_is_left_of_a_process_that_is_killed() {
    if env::var_os("DESKSIDE_TEST_HOLDS_SERVER").is_some() {
        let server = Server::start().unwrap();
        println!("\nfolder={}", folder(&server.database().unwrap()));
        std::thread::sleep(PATIENCE);
        return;
    }
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["nothing_is_left_of_a_process_that_is_killed", "--exact", "--nocapture"])
        .env("DESKSIDE_TEST_HOLDS_SERVER", "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let folder = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("folder=").map(str::to_owned));
    let folder = folder.unwrap();
    assert!(Path::new(&folder).exists());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_gone(&folder), "{folder} is left");
}
