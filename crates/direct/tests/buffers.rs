//! Z20 A11: the tuned lane loses nothing in this machine's own sockets, and is not as slow as the stack unasked.
#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

mod common;

use std::time::{Duration, Instant};

use bytes::Bytes;
use common::{LOOPBACK, webrtc};
use deskside_direct::lane::Lane;
use deskside_direct::lane::webrtc::{Seams, WebRtcLane};

/// UDP datagrams that found a full socket, in this network namespace since it began.
fn receive_buffer_errors() -> u64 {
    let snmp = std::fs::read_to_string("/proc/net/snmp").unwrap();
    let mut udp = snmp.lines().filter_map(|line| line.strip_prefix("Udp: "));
    let names = udp.next().unwrap().split(' ');
    let values = udp.next().unwrap().split(' ');
    let (_, errors) = names.zip(values).find(|(name, _)| *name == "RcvbufErrors").unwrap();
    errors.parse().unwrap()
}

/// MB/s for `bytes` in one direction.
async fn rate([a, b]: &[WebRtcLane; 2], bytes: usize) -> f64 {
    let message = Bytes::from(vec![5; a.max_message()]);
    let count = bytes / message.len();
    let started = Instant::now();
    let sending = async {
        for _ in 0..count {
            a.send(message.clone()).await.unwrap();
        }
    };
    let receiving = async {
        for _ in 0..count {
            let heard = tokio::time::timeout(Duration::from_secs(60), b.receive()).await;
            assert_eq!(heard.expect("in time").unwrap().len(), message.len());
        }
    };
    tokio::join!(sending, receiving);
    bytes as f64 / started.elapsed().as_secs_f64() / 1e6
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tuned_lane_overflows_no_socket_and_is_faster() {
    let untuned = webrtc(Seams { untuned: true, ..LOOPBACK }).await;
    let slow = rate(&untuned, 32 << 20).await;
    drop(untuned);

    let tuned = webrtc(LOOPBACK).await;
    let before = receive_buffer_errors();
    let fast = rate(&tuned, 256 << 20).await;
    let errors = receive_buffer_errors() - before;
    println!("tuned {fast:.0} MB/s, untuned {slow:.0} MB/s, {errors} receive buffer errors in 256 MiB");
    // 256 MiB are about 190,000 datagrams. The count is of all sockets here: others' tests may add a few.
    assert!(errors <= 50, "{errors} datagrams found a full socket");
    assert!(fast > 1.5 * slow, "tuned {fast:.0} MB/s, untuned {slow:.0} MB/s");
}
