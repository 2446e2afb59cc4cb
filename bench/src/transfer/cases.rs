//! What is measured, and how much of it.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::copy::Library;
use super::line::{self, Line};
use super::ours::{Lane, Peers};
use super::product::{self, Way};
use super::report::Sample;
use super::{Bench, MIB, chromium, copy, iperf};

/// Cases of about one speed, which move the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// Hundreds of MB a second.
    Fast,
    /// Tens.
    Wormhole,
    Chromium,
    /// An emulated line of 100 Mbit/s.
    Line,
    /// The same line, for what is slow when packets get lost.
    SlowOnLine,
}

impl Group {
    pub(super) const ALL: [Self; 5] =
        [Self::Fast, Self::Wormhole, Self::Chromium, Self::Line, Self::SlowOnLine];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Wormhole => "magic-wormhole",
            Self::Chromium => "Chromium",
            Self::Line => "line",
            Self::SlowOnLine => "line, WebRTC alone",
        }
    }

    /// MiB of its file.
    pub(super) fn mib(self, quick: bool) -> u64 {
        match (self, quick) {
            (Self::Fast, false) => 1024,
            (Self::Fast, true) => 512,
            (Self::Wormhole, _) => 256,
            (Self::Chromium, false) => 128,
            (Self::Chromium, true) => 64,
            // 17 s at full rate: long enough that the start does not count for much.
            (Self::Line, _) => 200,
            (Self::SlowOnLine, _) => 40,
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Ours(Lane),
    /// WebRTC with the bytes of magic-wormhole.
    Short,
    Copy(Library),
    Iperf,
    Wormhole,
    Browsers,
    Product(Way),
    /// Packets lost, in tenths of a percent.
    Line(u8, Lane),
    /// Seconds.
    Outage(u8),
}

impl Case {
    pub(super) const ALL: [Self; 19] = [
        Self::Ours(Lane::WebRtc),
        Self::Ours(Lane::Quic),
        Self::Ours(Lane::Relay),
        Self::Copy(Library::Rustls),
        Self::Copy(Library::Quinn),
        Self::Iperf,
        Self::Short,
        Self::Wormhole,
        Self::Browsers,
        Self::Product(Way::ToChromium),
        Self::Product(Way::FromChromium),
        Self::Line(0, Lane::All),
        Self::Line(5, Lane::All),
        Self::Line(10, Lane::All),
        Self::Line(0, Lane::WebRtc),
        Self::Line(5, Lane::WebRtc),
        Self::Line(10, Lane::WebRtc),
        Self::Outage(4),
        Self::Outage(35),
    ];

    /// Of the table and the JSON.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ours(lane) => lane.name(),
            Self::Copy(library) => library.name(),
            Self::Iperf => "iperf3",
            Self::Short => "webrtc-256",
            Self::Wormhole => "magic-wormhole",
            Self::Browsers => "chromium-chromium",
            Self::Product(Way::ToChromium) => "desktop-chromium",
            Self::Product(Way::FromChromium) => "chromium-desktop",
            Self::Line(0, Lane::WebRtc) => "line-0-webrtc",
            Self::Line(5, Lane::WebRtc) => "line-0.5-webrtc",
            Self::Line(_, Lane::WebRtc) => "line-1-webrtc",
            Self::Line(0, _) => "line-0",
            Self::Line(5, _) => "line-0.5",
            Self::Line(..) => "line-1",
            Self::Outage(4) => "outage-4",
            Self::Outage(_) => "outage-35",
        }
    }

    pub(super) fn group(self) -> Group {
        match self {
            Self::Ours(_) | Self::Copy(_) | Self::Iperf => Group::Fast,
            Self::Short | Self::Wormhole => Group::Wormhole,
            Self::Browsers | Self::Product(_) => Group::Chromium,
            Self::Line(..) | Self::Outage(_) => Group::Line,
        }
    }

    pub(super) fn mib(self, quick: bool) -> u64 {
        match self {
            Self::Line(_, Lane::WebRtc) => Group::SlowOnLine.mib(quick),
            _ => self.group().mib(quick),
        }
    }

    /// Slow ones are played less often.
    pub(super) fn most_rounds(self) -> usize {
        if self.group() == Group::Line { 3 } else { usize::MAX }
    }

    /// Whether `file` lies in the target's folder afterwards; pages keep and make their own.
    pub(super) fn leaves_a_file(self) -> bool {
        !matches!(self, Self::Iperf | Self::Browsers | Self::Product(_))
    }

    /// Moves `file` into the folder `target` once.
    pub(super) async fn play(
        self,
        bench: &Bench<'_>,
        folder: &Path,
        file: &Path,
        target: &Path,
        round: usize,
    ) -> Result<Sample> {
        let cli = bench.cli;
        let peers = Peers { program: &cli.peer, folder, line: None };
        match self {
            Self::Ours(lane) => peers.measure(lane, file, target).await,
            Self::Short => peers.measure(Lane::WebRtc, file, target).await,
            Self::Copy(library) => copy::measure(library, folder, file, &target.join("copy.bin")).await,
            Self::Iperf => iperf::measure(folder, self.mib(cli.quick)).await,
            Self::Wormhole => {
                let wormhole = bench.wormhole.as_ref().context("it does not run")?;
                wormhole.measure(folder, file, target).await
            }
            Self::Browsers => chromium::measure(&cli.pages, folder, self.mib(cli.quick) * MIB).await,
            Self::Product(way) => product::measure(&cli.product, &peers, way, file, target).await,
            Self::Line(tenths, lane) => {
                let line = Line::open(&cli.line, f64::from(tenths) / 1000.0, round as u64 + 1)?;
                let sample = Peers { line: Some(&line), ..peers }.measure(lane, file, target).await?;
                let share = sample.mb_s * 1e6 / line::RATE as f64;
                Ok(Sample { share: Some(share), ..sample })
            }
            Self::Outage(seconds) => {
                let line = Line::open(&cli.line, 0.0, round as u64 + 1)?;
                Peers { line: Some(&line), ..peers }.outage(seconds.into(), file, target).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_differ() {
        let names: BTreeSet<_> = Case::ALL.iter().map(|case| case.name()).collect();
        assert_eq!(names.len(), Case::ALL.len());
    }

    #[test]
    fn cases_that_are_compared_move_the_same_bytes() {
        let mib = |name: &str, quick| {
            Case::ALL.iter().find(|case| case.name() == name).map(|case| case.mib(quick)).unwrap()
        };
        for quick in [true, false] {
            for (ours, theirs) in [
                ("webrtc", "rustls"),
                ("quic", "rustls"),
                ("webrtc", "quinn"),
                ("webrtc", "iperf3"),
                ("webrtc-256", "magic-wormhole"),
                ("desktop-chromium", "chromium-chromium"),
                ("chromium-desktop", "chromium-chromium"),
            ] {
                assert_eq!(mib(ours, quick), mib(theirs, quick), "{ours}, {theirs}");
            }
        }
    }
}
