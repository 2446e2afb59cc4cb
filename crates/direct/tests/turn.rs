//! Z20 A12: with no path but a TURN server, its relay carries the lane. The server is coturn, as people run it.
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

mod common;

use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use common::{LOOPBACK, PATIENCE, identities, negotiate, receive_all, send_all, settings};
use deskside_direct::lane::webrtc::{Seams, Settings};
use deskside_direct::lane::{Lane as _, LaneError};
use deskside_proto::api::IceServer;
use sha1::{Digest as _, Sha1};

const SECRET: &str = "a secret that portal and coturn share";

struct Coturn {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Drop for Coturn {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Coturn {
    /// `None` where it is not installed.
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = folder.path().join("turnserver.conf");
        let place = folder.path().display();
        let config = format!(
            "listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port={port}\nrealm=deskside.test\n\
             use-auth-secret\nstatic-auth-secret={SECRET}\nallow-loopback-peers\nno-cli\nno-tls\nno-dtls\nno-tcp\n\
             no-tcp-relay\npidfile={place}/pid\nuserdb={place}/users\nlog-file={place}/log\nsimple-log\n"
        );
        std::fs::write(&file, config).unwrap();
        let started = Command::new("turnserver")
            .arg("-c")
            .arg(&file)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let process = match started {
            Ok(process) => process,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => panic!("turnserver: {error}"),
        };
        let coturn = Self { process, port, _folder: folder };
        coturn.wait();
        Some(coturn)
    }

    /// Until it answers a STUN binding request.
    fn wait(&self) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let request = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(10) {
            let _ = socket.send_to(&request, ("127.0.0.1", self.port));
            if socket.recv(&mut [0; 500]).is_ok() {
                return;
            }
        }
        panic!("coturn does not answer");
    }

    /// What the portal hands out: TURN REST credentials, good for an hour.
    fn server(&self, secret: &str) -> IceServer {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let username = format!("{}:participant", now + 3600);
        let credential = base64::engine::general_purpose::STANDARD
            .encode(hmac_sha1(secret.as_bytes(), username.as_bytes()));
        IceServer {
            urls: vec![format!("turn:127.0.0.1:{}?transport=udp", self.port)],
            username: Some(username),
            credential: Some(credential),
        }
    }
}

/// RFC 2104, for keys up to 64 bytes.
fn hmac_sha1(key: &[u8], text: &[u8]) -> [u8; 20] {
    let pad = |byte: u8| {
        let mut pad = [byte; 64];
        pad.iter_mut().zip(key).for_each(|(pad, key)| *pad ^= key);
        pad
    };
    let inner = Sha1::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha1::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

/// One side knows only the relay; the other is where it is.
fn one_sided(server: IceServer) -> [Settings; 2] {
    let [a, b] = identities();
    let (to_b, to_a) = (b.public().certificate, a.public().certificate);
    let relay_only = Seams { relay_only: true, ..LOOPBACK };
    let relayed = Settings { ice_servers: vec![server], neighbour: false, ..settings(&a, to_b, relay_only) };
    let direct = Settings { neighbour: false, ..settings(&b, to_a, LOOPBACK) };
    [relayed, direct]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coturn_relays_for_the_side_that_has_no_other_path() {
    let Some(coturn) = Coturn::start() else {
        println!("skipped: `turnserver` (Debian's package coturn) is not installed");
        return;
    };
    let [relayed, direct] = one_sided(coturn.server(SECRET));
    let started = Instant::now();
    let [a, b] = negotiate(relayed, direct).await.unwrap();
    let (a, b) = tokio::join!(a.open(PATIENCE), b.open(PATIENCE));
    println!("open after {:?}", started.elapsed());
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!(a.relayed().await, Some(true));
    let started = Instant::now();
    let (sent, ()) = tokio::join!(send_all(&a, 1, 100), receive_all(&b, 1, 100, a.max_message()));
    let rate = sent as f64 / started.elapsed().as_secs_f64() / 1e6;
    println!("through coturn: {rate:.1} MB/s");
    assert!(rate > 1.0, "{rate:.1} MB/s");
    // What coturn passes on to its client must not come in bursts: it would lose their ends.
    assert!(b.max_message() < a.max_message());
    let started = Instant::now();
    let (sent, ()) = tokio::join!(send_all(&b, 2, 1600), receive_all(&a, 2, 1600, b.max_message()));
    println!("and back: {:.1} MB/s", sent as f64 / started.elapsed().as_secs_f64() / 1e6);

    let [relayed, direct] = one_sided(coturn.server("another secret"));
    let [a, b] = negotiate(relayed, direct).await.unwrap();
    let patience = Duration::from_secs(4);
    let (a, b) = tokio::join!(a.open(patience), b.open(patience));
    assert_eq!(a.err(), Some(LaneError::NoPath), "credentials that the portal did not sign open nothing");
    assert_eq!(b.err(), Some(LaneError::NoPath));
}
