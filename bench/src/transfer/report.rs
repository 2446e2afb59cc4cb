//! What the rounds come to: medians, ratios round by round, and which musts they meet.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::run::Spent;

/// One transfer.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sample {
    /// 10⁶ bytes a second.
    pub mb_s: f64,
    /// The same from the programs' start on.
    pub whole_mb_s: Option<f64>,
    /// CPU seconds for 10⁹ bytes, at the sender.
    pub cpu_tx: f64,
    /// At the receiver.
    pub cpu_rx: f64,
    /// The most memory that one of the two had, MiB.
    pub rss_mib: f64,
    /// Connections it used at most, where it says so.
    pub connections: Option<u32>,
    /// Part of an emulated line's rate.
    pub share: Option<f64>,
    /// Seconds from the end of an outage until data came again.
    pub again_s: Option<f64>,
}

impl Sample {
    /// What two programs took for `bytes`.
    pub(super) fn of(bytes: u64, sent: Spent, received: Spent) -> Self {
        Self {
            cpu_tx: sent.per_gb(bytes),
            cpu_rx: received.per_gb(bytes),
            rss_mib: sent.peak_mib.max(received.peak_mib),
            ..Self::default()
        }
    }
}

/// A case over all rounds: medians, but the highest of memory and connections.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Case {
    pub name: String,
    pub rounds: usize,
    pub mb_s: f64,
    pub mb_s_least: f64,
    pub mb_s_most: f64,
    pub cpu_s_per_gb_tx: f64,
    pub cpu_s_per_gb_rx: f64,
    pub rss_mib: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole_mb_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again_s: Option<f64>,
}

/// A goal and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    pub name: &'static str,
    /// `>=` or `<=`.
    pub must: &'static str,
    pub limit: f64,
    /// Absent where a case it needs was not measured.
    pub got: Option<f64>,
    pub met: Option<bool>,
}

/// Under what it was measured.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Conditions {
    pub quick: bool,
    pub rounds: usize,
    pub cores: usize,
    pub processor: String,
    pub kernel: String,
    /// Load average of the last minute, at the beginning and at the end.
    pub load_before: f64,
    pub load_after: f64,
    /// What the foreign programs say of their versions.
    pub programs: Vec<String>,
    /// Bytes of each group of cases, MiB.
    pub mib: BTreeMap<String, u64>,
}

/// A whole run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub conditions: Conditions,
    pub cases: Vec<Case>,
    /// Of the same round, medians over the rounds.
    pub ratios: BTreeMap<&'static str, f64>,
    pub musts: Vec<Verdict>,
    /// Cases that were left out or failed, and why.
    pub not_measured: Vec<String>,
}

/// What a must speaks of.
#[derive(Debug, Clone, Copy)]
enum Of {
    /// Rate of the first through rate of the second, of the same round.
    Ratio(&'static str, &'static str),
    /// The same of the rates from the programs' start on.
    Whole(&'static str, &'static str),
    SenderCpu(&'static str),
    Share(&'static str),
    Connections(&'static str),
    Again(&'static str),
}

enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

struct Must {
    name: &'static str,
    of: Of,
    bound: Bound,
}

const fn must(name: &'static str, of: Of, bound: Bound) -> Must {
    Must { name, of, bound }
}

/// The goals of the issue of direct transfer; they are ratios on one machine, never absolute rates. What an app may grow by is held
/// in real windows (tests/tests/direct.rs).
const MUSTS: [Must; 12] = [
    must("webrtc / rustls", Of::Ratio("webrtc", "rustls"), Bound::AtLeast(0.30)),
    must("webrtc / quinn", Of::Ratio("webrtc", "quinn"), Bound::AtLeast(0.8)),
    // As it was measured for the goal: with the start of both.
    must(
        "webrtc / magic-wormhole, from their start",
        Of::Whole("webrtc-256", "magic-wormhole"),
        Bound::AtLeast(5.0),
    ),
    must("quic / rustls", Of::Ratio("quic", "rustls"), Bound::AtLeast(0.35)),
    must(
        "desktop-chromium / chromium-chromium",
        Of::Ratio("desktop-chromium", "chromium-chromium"),
        Bound::AtLeast(1.0),
    ),
    must(
        "chromium-desktop / chromium-chromium",
        Of::Ratio("chromium-desktop", "chromium-chromium"),
        Bound::AtLeast(1.0),
    ),
    must("webrtc, CPU s/GB of the sender", Of::SenderCpu("webrtc"), Bound::AtMost(1.5)),
    must("1 % loss, best lane, share of the line", Of::Share("line-1"), Bound::AtLeast(0.8)),
    must("1 % loss, WebRTC alone, share of the line", Of::Share("line-1-webrtc"), Bound::AtLeast(0.15)),
    must("1 % loss, WebRTC alone, connections", Of::Connections("line-1-webrtc"), Bound::AtMost(6.0)),
    must("data again after 4 s of outage, s", Of::Again("outage-4"), Bound::AtMost(3.0)),
    must("data again after 35 s of outage, s", Of::Again("outage-35"), Bound::AtMost(3.0)),
];

/// Ratios that are told though no must is on them.
const TOLD: [(&str, &str, &str); 4] = [
    ("webrtc / magic-wormhole, from the first byte", "webrtc-256", "magic-wormhole"),
    ("webrtc / iperf3", "webrtc", "iperf3"),
    ("quic / quinn", "quic", "quinn"),
    ("relay / rustls", "relay", "rustls"),
];

/// Every case of every round; a case that failed in a round has no sample there.
#[derive(Debug, Default)]
pub struct Rounds {
    order: Vec<String>,
    rounds: Vec<BTreeMap<String, Sample>>,
}

impl Rounds {
    /// `order`: names of the cases as the table lists them.
    #[must_use]
    pub fn new(order: Vec<String>) -> Self {
        Self { order, rounds: Vec::new() }
    }

    pub fn add(&mut self, round: BTreeMap<String, Sample>) {
        self.rounds.push(round);
    }

    /// Medians, ratios and verdicts.
    #[must_use]
    pub fn report(&self, conditions: Conditions, not_measured: Vec<String>) -> Report {
        let cases: Vec<_> = self.order.iter().filter_map(|name| self.case(name)).collect();
        let of_musts = MUSTS.iter().filter_map(|must| match must.of {
            Of::Ratio(ours, theirs) => Some((must.name, ours, theirs)),
            _ => None,
        });
        let ratios =
            of_musts.chain(TOLD).filter_map(|(name, a, b)| Some((name, self.ratio(a, b)?))).collect();
        let musts = MUSTS.iter().map(|must| verdict(must, self.value(must.of, &cases))).collect();
        Report { conditions, cases, ratios, musts, not_measured }
    }

    fn samples(&self, name: &str) -> Vec<Sample> {
        self.rounds.iter().filter_map(|round| round.get(name).copied()).collect()
    }

    fn case(&self, name: &str) -> Option<Case> {
        let samples = self.samples(name);
        let of = |pick: fn(&Sample) -> f64| samples.iter().map(pick);
        let maybe = |pick: fn(&Sample) -> Option<f64>| median(samples.iter().filter_map(pick));
        Some(Case {
            name: name.to_owned(),
            rounds: samples.len(),
            mb_s: median(of(|sample| sample.mb_s))?,
            mb_s_least: of(|sample| sample.mb_s).fold(f64::INFINITY, f64::min),
            mb_s_most: of(|sample| sample.mb_s).fold(0.0, f64::max),
            cpu_s_per_gb_tx: median(of(|sample| sample.cpu_tx))?,
            cpu_s_per_gb_rx: median(of(|sample| sample.cpu_rx))?,
            rss_mib: of(|sample| sample.rss_mib).fold(0.0, f64::max),
            whole_mb_s: maybe(|sample| sample.whole_mb_s),
            connections: samples.iter().filter_map(|sample| sample.connections).max(),
            share: maybe(|sample| sample.share),
            again_s: maybe(|sample| sample.again_s),
        })
    }

    /// Rates of `ours` through those of `theirs`, over the rounds that have both.
    fn ratio(&self, ours: &str, theirs: &str) -> Option<f64> {
        self.ratio_of(ours, theirs, |sample| Some(sample.mb_s))
    }

    fn ratio_of(&self, ours: &str, theirs: &str, rate: fn(&Sample) -> Option<f64>) -> Option<f64> {
        let of = |round: &BTreeMap<String, Sample>| {
            let (ours, theirs) = (rate(round.get(ours)?)?, rate(round.get(theirs)?)?);
            (theirs > 0.0).then(|| ours / theirs)
        };
        median(self.rounds.iter().filter_map(of))
    }

    fn value(&self, of: Of, cases: &[Case]) -> Option<f64> {
        let case = |name: &str| cases.iter().find(|case| case.name == name);
        match of {
            Of::Ratio(ours, theirs) => self.ratio(ours, theirs),
            Of::Whole(ours, theirs) => self.ratio_of(ours, theirs, |sample| sample.whole_mb_s),
            Of::SenderCpu(name) => case(name).map(|case| case.cpu_s_per_gb_tx),
            Of::Share(name) => case(name).and_then(|case| case.share),
            Of::Connections(name) => case(name).and_then(|case| case.connections).map(f64::from),
            Of::Again(name) => case(name).and_then(|case| case.again_s),
        }
    }
}

fn verdict(must: &Must, got: Option<f64>) -> Verdict {
    let (sign, limit) = match must.bound {
        Bound::AtLeast(limit) => (">=", limit),
        Bound::AtMost(limit) => ("<=", limit),
    };
    let met = got.map(|got| match must.bound {
        Bound::AtLeast(limit) => got >= limit,
        Bound::AtMost(limit) => got <= limit,
    });
    Verdict { name: must.name, must: sign, limit, got, met }
}

/// The middle one, of an even count the mean of the two; `None` of nothing.
#[must_use]
pub fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get((values.len() - 1) / 2)?;
    Some(f64::midpoint(lower, upper))
}

impl Report {
    /// Two tables in Markdown: the cases, and the musts.
    #[must_use]
    pub fn table(&self) -> String {
        let at = &self.conditions;
        let sizes: Vec<_> = at.mib.iter().map(|(group, mib)| format!("{group} {mib} MiB")).collect();
        let mut text = format!(
            "{} cores ({}), Linux {}, load {:.1} to {:.1}; {} rounds; {}; {}\n\n",
            at.cores,
            at.processor,
            at.kernel,
            at.load_before,
            at.load_after,
            at.rounds,
            sizes.join(", "),
            at.programs.join(", "),
        );
        text.push_str(
            "| case | MB/s (least – most) | CPU s/GB tx + rx | memory MiB | more |\n|---|---|---|---|---|\n",
        );
        for case in &self.cases {
            // Writing to a String cannot fail, here and below.
            let _ = writeln!(
                text,
                "| {} | {} ({} – {}) | {:.2} + {:.2} | {:.0} | {} |",
                case.name,
                rate(case.mb_s),
                rate(case.mb_s_least),
                rate(case.mb_s_most),
                case.cpu_s_per_gb_tx,
                case.cpu_s_per_gb_rx,
                case.rss_mib,
                more(case),
            );
        }
        text.push_str("\n| must | limit | got | met |\n|---|---|---|---|\n");
        for verdict in &self.musts {
            let got = verdict.got.map_or_else(|| "–".to_owned(), |got| format!("{got:.2}"));
            let met = verdict.met.map_or("not measured", |met| if met { "yes" } else { "NO" });
            let _ =
                writeln!(text, "| {} | {} {} | {got} | {met} |", verdict.name, verdict.must, verdict.limit);
        }
        for (name, ratio) in &self.ratios {
            if TOLD.iter().any(|(told, ..)| told == name) {
                let _ = writeln!(text, "| {name} | | {ratio:.2} | |");
            }
        }
        for line in &self.not_measured {
            let _ = write!(text, "\nnot measured: {line}");
        }
        text
    }
}

/// Slow ones with a digit behind the point.
fn rate(mb_s: f64) -> String {
    if mb_s < 100.0 { format!("{mb_s:.1}") } else { format!("{mb_s:.0}") }
}

fn more(case: &Case) -> String {
    let parts = [
        case.share.map(|share| format!("{:.0} % of the line", share * 100.0)),
        case.connections.map(|count| format!("{count} connections")),
        case.whole_mb_s.map(|mb_s| format!("{} from the start", rate(mb_s))),
        case.again_s.map(|seconds| format!("again after {seconds:.1} s")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(mb_s: f64) -> Sample {
        Sample { mb_s, cpu_tx: 1.0, cpu_rx: 2.0, rss_mib: 10.0, ..Sample::default() }
    }

    fn rounds(of: &[&[(&str, Sample)]]) -> Rounds {
        let names: Vec<String> =
            of.iter().flat_map(|round| round.iter().map(|(name, _)| (*name).to_owned())).collect();
        let mut order: Vec<String> = Vec::new();
        for name in names {
            if !order.contains(&name) {
                order.push(name);
            }
        }
        let mut all = Rounds::new(order);
        for round in of {
            all.add(round.iter().map(|(name, sample)| ((*name).to_owned(), *sample)).collect());
        }
        all
    }

    fn verdicts(report: &Report) -> BTreeMap<&'static str, (Option<f64>, Option<bool>)> {
        report.musts.iter().map(|must| (must.name, (must.got, must.met))).collect()
    }

    #[test]
    fn medians_of_any_count() {
        let cases: [(&[f64], Option<f64>); 6] = [
            (&[], None),
            (&[7.0], Some(7.0)),
            (&[3.0, 1.0], Some(2.0)),
            (&[9.0, 1.0, 2.0], Some(2.0)),
            (&[4.0, 1.0, 3.0, 100.0], Some(3.5)),
            (&[0.0, -1.0, 5.0], Some(0.0)),
        ];
        for (values, expected) in cases {
            assert_eq!(median(values.iter().copied()), expected, "{values:?}");
        }
    }

    #[test]
    fn a_case_is_its_medians_and_its_highest_memory() {
        let samples = [(300.0, 1.1, 20.0, 1), (200.0, 1.9, 30.0, 4), (250.0, 1.5, 25.0, 2)].map(
            |(mb_s, cpu_tx, rss_mib, connections)| {
                ("webrtc", Sample { cpu_tx, rss_mib, connections: Some(connections), ..sample(mb_s) })
            },
        );
        let report =
            rounds(&[&samples[..1], &samples[1..2], &samples[2..]]).report(Conditions::default(), vec![]);
        let case = &report.cases[0];
        assert_eq!((case.rounds, case.mb_s, case.mb_s_least, case.mb_s_most), (3, 250.0, 200.0, 300.0));
        assert_eq!((case.cpu_s_per_gb_tx, case.cpu_s_per_gb_rx, case.rss_mib), (1.5, 2.0, 30.0));
        assert_eq!((case.connections, case.share, case.again_s), (Some(4), None, None));
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        // The medians themselves would say 300/1000; round by round it is 0.5.
        let report = rounds(&[
            &[("webrtc", sample(300.0)), ("rustls", sample(600.0))],
            &[("webrtc", sample(100.0)), ("rustls", sample(1000.0))],
            &[("webrtc", sample(900.0)), ("rustls", sample(1200.0))],
            // Without its partner a sample says nothing.
            &[("webrtc", sample(1.0))],
        ])
        .report(Conditions::default(), vec![]);
        assert_eq!(report.ratios["webrtc / rustls"], 0.5);
        assert_eq!(verdicts(&report)["webrtc / rustls"], (Some(0.5), Some(true)));
        assert!(!report.ratios.contains_key("webrtc / quinn"));
    }

    #[test]
    fn what_was_not_measured_is_neither_met_nor_missed() {
        let report = rounds(&[&[("webrtc", sample(300.0))]]).report(Conditions::default(), vec![]);
        let verdicts = verdicts(&report);
        for name in ["webrtc / rustls", "quic / rustls", "data again after 4 s of outage, s"] {
            assert_eq!(verdicts[name], (None, None), "{name}");
        }
        assert_eq!(verdicts["webrtc, CPU s/GB of the sender"], (Some(1.0), Some(true)));
    }

    #[test]
    fn every_must_is_met_at_its_limit_and_missed_beyond() {
        for (number, must) in MUSTS.iter().enumerate() {
            let (limit, worse) = match must.bound {
                Bound::AtLeast(limit) => (limit, limit * 0.9),
                Bound::AtMost(limit) => (limit, limit * 1.5),
            };
            for (value, expected) in [(limit, true), (worse, false)] {
                let base = sample(100.0);
                let (name, with) = match must.of {
                    Of::Ratio(ours, _) => (ours, sample(100.0 * value)),
                    Of::Whole(ours, _) => (ours, Sample { whole_mb_s: Some(100.0 * value), ..base }),
                    Of::SenderCpu(name) => (name, Sample { cpu_tx: value, ..base }),
                    Of::Share(name) => (name, Sample { share: Some(value), ..base }),
                    Of::Connections(name) => (name, Sample { connections: Some(value as u32), ..base }),
                    Of::Again(name) => (name, Sample { again_s: Some(value), ..base }),
                };
                let theirs = match must.of {
                    Of::Ratio(_, theirs) | Of::Whole(_, theirs) => theirs,
                    _ => "nothing",
                };
                let report = rounds(&[&[(name, with), (theirs, Sample { whole_mb_s: Some(100.0), ..base })]])
                    .report(Conditions::default(), vec![]);
                assert_eq!(report.musts[number].met, Some(expected), "{} at {value}", must.name);
            }
        }
    }

    #[test]
    fn the_json_has_the_names_that_programs_read_and_the_table_the_verdicts() {
        let quic = Sample { share: Some(0.83), ..sample(400.0) };
        let report = rounds(&[&[("quic", quic), ("rustls", sample(1000.0)), ("relay", sample(50.0))]])
            .report(
                Conditions { rounds: 1, ..Conditions::default() },
                vec!["iperf3: not installed".to_owned()],
            );
        let json = serde_json::to_value(&report).unwrap();
        let case = &json["cases"][0];
        assert_eq!(case["name"], "quic");
        for (field, value) in
            [("mb_s", 400.0), ("cpu_s_per_gb_tx", 1.0), ("cpu_s_per_gb_rx", 2.0), ("rss_mib", 10.0)]
        {
            assert_eq!(case[field].as_f64(), Some(value), "{field}");
        }
        assert_eq!(json["ratios"]["quic / rustls"].as_f64(), Some(0.4));
        let met =
            json["musts"].as_array().unwrap().iter().find(|must| must["name"] == "quic / rustls").unwrap();
        assert_eq!((met["met"].as_bool(), met["limit"].as_f64()), (Some(true), Some(0.35)));
        let table = report.table();
        for line in [
            "| quic | 400 (400 – 400) | 1.00 + 2.00 | 10 | 83 % of the line |",
            "| quic / rustls | >= 0.35 | 0.40 | yes |",
            "| webrtc / rustls | >= 0.3 | – | not measured |",
            "| relay / rustls | | 0.05 | |",
            "not measured: iperf3: not installed",
        ] {
            assert!(table.contains(line), "{line}\n{table}");
        }
    }
}
