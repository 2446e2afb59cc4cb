//! The server comes, and goes with whoever holds it.
#![expect(clippy::unwrap_used, reason = "a panic is the failure report of a test")]

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use deskside_scratch_smtp::ScratchSmtp;

const PATIENCE: Duration = Duration::from_secs(30);

fn is_gone(port: u16) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).is_ok() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    TcpStream::connect(("127.0.0.1", port)).is_err()
}

/// Answers of the server to lines said in turn.
fn say(port: u16, lines: &[&str]) -> Vec<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let mut answer = move || {
        let mut line = String::new();
        // `250-` goes on in the next line.
        while line.is_empty() || line.as_bytes().get(3) == Some(&b'-') {
            line.clear();
            assert!(answers.read_line(&mut line).unwrap() > 0, "hung up");
        }
        line.trim_end().to_owned()
    };
    let mut said = vec![answer()];
    for line in lines {
        write!(stream, "{line}\r\n").unwrap();
        said.push(answer());
    }
    said
}

#[test]
fn what_it_takes_is_kept_and_what_is_not_encrypted_is_refused() {
    let server = ScratchSmtp::start().unwrap();
    let hello = ["EHLO localhost", "MAIL FROM:<a@example.org>"];
    let refused = say(server.starttls_port, &hello);
    assert!(refused[2].starts_with("530"), "{refused:?}");
    let rest = ["RCPT TO:<b@example.org>", "DATA", "Subject: Hello\r\n\r\nhttps://example.org/x\r\n."];
    let taken = say(server.plain_port, &[&hello[..], &rest[..]].concat());
    assert!(taken.last().unwrap().starts_with("250"), "{taken:?}");
    let mails = server.wait_for(1).unwrap();
    assert_eq!(
        (mails[0].from.as_str(), mails[0].to.as_slice()),
        ("a@example.org", &["b@example.org".to_owned()][..])
    );
    assert_eq!((mails[0].header("subject"), mails[0].link()), (vec!["Hello"], Some("https://example.org/x")));
    assert!(!mails[0].encrypted);
    let port = server.plain_port;
    drop(server);
    assert!(is_gone(port));
}

/// This test starts itself again as a child that holds a server and is killed.
#[test]
fn nothing_is_left_of_a_process_that_is_killed() {
    if env::var_os("DESKSIDE_TEST_HOLDS_SERVER").is_some() {
        let server = ScratchSmtp::start().unwrap();
        println!("\nport={}", server.plain_port);
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
    let port = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("port=").map(str::to_owned));
    let port: u16 = port.unwrap().parse().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_gone(port), "{port} still answers");
}
