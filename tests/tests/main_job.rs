//! The main job in the real desktop window and a real Chromium, over TLS, through a network that fails.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use deskside_tests::diary::Diary;
use deskside_tests::house::{CUSTOMER, TECHNICIAN};
use deskside_tests::journey::{self, Outcome};
use deskside_tests::portal::{ADMIN, ORG, Person};
use deskside_tests::samples::Sample;
use deskside_tests::stage;
use deskside_tests::webdriver::Look;

const LIMIT: Duration = Duration::from_secs(15 * 60);
const STRANGER: Person = Person { name: "Sam", email: "sam@elsewhere.org", password: "another long secret" };

/// A technician in the desktop app and a customer in Chromium talk, share files both ways and lose the network three times;
/// the session ends and the transcript stands in Files by itself, for those with Files access and nobody else.
///
/// Rows N01 N02 N03 N07 N15 N08 N09 N16 N17 (files both ways, as messages in the thread), N11 N12 N13 N14 (every byte behind an
/// authenticated route), Z01 Z05 (shared with all participants), Z14 Z15 Z16 Z17 (backed up by itself, in Files, not for the
/// customer).
#[tokio::test]
async fn the_main_job() -> Result<()> {
    stage::play_in_windows(LIMIT, async |stage| {
        let folder = journey::folder("screenshots/main-job")?;
        let mut outcome = journey::play(stage, &mut Diary::new(folder), Look::Headless).await?;
        transcript_is_right_line_by_line(&outcome)?;
        files_access_is_held(&outcome).await?;
        the_customer_gets_nothing_of_files(&outcome).await?;
        another_organisation_finds_nothing(stage, &mut outcome).await
    })
    .await
}

/// Rows Z14, Z16: every line of the sealed text is the line it has to be.
fn transcript_is_right_line_by_line(outcome: &Outcome) -> Result<()> {
    let text = std::str::from_utf8(&outcome.transcript)?;
    let text = text.strip_prefix('\u{feff}').context("it begins with a byte order mark, for Notepad")?;
    ensure!(
        text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']),
        "every line ends with CR LF"
    );
    let lines: Vec<&str> = text.split("\r\n").collect();
    ensure!(
        lines[0] == "Deskside session transcript" && lines[1] == format!("Organisation: {ORG}"),
        "{lines:#?}"
    );
    ensure!(lines[3] == format!("Session: {}", outcome.session), "{}", lines[3]);
    let rule = "-".repeat(60);
    let mut parts = lines.split(|line| *line == rule);
    let (_head, body, foot) = (parts.next(), parts.next(), parts.next());
    let body: Vec<String> =
        body.context("a body between two rules")?.iter().map(|line| without_time(line)).collect();
    assert_eq!(body, expected_body(outcome), "line by line");
    let count = format!("Messages: {}   Files: 2", outcome.talk.len());
    ensure!(foot == Some(&[count.as_str(), "End of transcript", ""]), "{foot:?}");
    Ok(())
}

/// What was said, as it was said; a message's files stand below it with size and hash.
fn expected_body(outcome: &Outcome) -> Vec<String> {
    let mut lines = vec![format!("* {} joined", TECHNICIAN.name), format!("* {CUSTOMER} joined")];
    for (who, text) in &outcome.talk {
        let role = if who == TECHNICIAN.name { "technician" } else { "customer" };
        lines.extend([format!("{who} ({role}):"), format!("    {text}")]);
        if text == journey::PICTURE_TEXT {
            lines.extend(file(&outcome.picture));
        } else if text == journey::DOCUMENT_TEXT {
            lines.extend(file(&outcome.document));
        }
    }
    lines.push(format!("* {} ended the session", TECHNICIAN.name));
    lines
}

fn file(sample: &Sample) -> [String; 4] {
    let size = sample.bytes.len();
    let human = if size < 1024 { format!("{size} B") } else { format!("{:.1} KB", size as f64 / 1024.0) };
    [
        format!("  - File: {}", sample.name),
        format!("  -   Size: {human} ({size} bytes)"),
        format!("  -   SHA-256: {}", sample.sha256()),
        "  -   Kept in Files".to_owned(),
    ]
}

/// `[2026-11-20 14:03:22 UTC] Tina (technician):` without its time, whose form is checked; other lines stay as they are.
fn without_time(line: &str) -> String {
    let form = "[dddd-dd-dd dd:dd:dd UTC] ";
    let fits = line.len() >= form.len()
        && line.is_char_boundary(form.len())
        && form
            .bytes()
            .zip(line.bytes())
            .all(|(want, got)| want == got || (want == b'd' && got.is_ascii_digit()));
    if fits { line[form.len()..].to_owned() } else { line.to_owned() }
}

/// Admins and technicians have it, byte for byte; without a token there is nothing (rows N12, Z15, Z17).
async fn files_access_is_held(outcome: &Outcome) -> Result<()> {
    let Outcome { portal, org, session, .. } = outcome;
    let path = format!("/orgs/{org}/files/{session}/transcript");
    let mut technician = portal.api()?;
    technician.sign_in(&TECHNICIAN).await?;
    assert_eq!(technician.transcript(*org, *session).await?, outcome.transcript);
    let files = technician.files_session(*org, *session).await?;
    for sample in [&outcome.picture, &outcome.document] {
        let attachment =
            files.attachments.iter().find(|file| file.name == sample.name).context("it is in Files")?;
        assert_eq!(attachment.sha256, sample.sha256());
        let route = format!("/sessions/{session}/attachments/{}", attachment.id);
        assert_eq!(technician.get_bytes(&route).await?, sample.bytes, "the bytes are the sender's");
        assert_eq!(portal.api()?.status(&route).await?.0, 401, "nobody without a token");
    }
    assert_eq!(portal.api()?.status(&path).await?.0, 401, "nobody without a token");
    Ok(())
}

/// Row Z17: what the customer's own browser gets, with the cookie it holds; row N14: for a file of another session 403.
async fn the_customer_gets_nothing_of_files(outcome: &Outcome) -> Result<()> {
    let Outcome { org, session, customer, .. } = outcome;
    let ask = "const done = arguments[arguments.length - 1];
        fetch('/api/v1' + arguments[0]).then((answer) => done(answer.status), (error) => done(String(error)));";
    for path in [
        format!("/orgs/{org}/files"),
        format!("/orgs/{org}/files/{session}"),
        format!("/orgs/{org}/files/{session}/transcript"),
    ] {
        let status = customer.client.execute_async(ask, vec![path.clone().into()]).await?;
        assert!(status == 403 || status == 401, "{path}: {status}");
    }
    let other = outcome.admin.create_session(*org, "Another case").await?;
    let (_, guest) = outcome.admin.join(&other.join.link, "Gus Guest").await?;
    let theirs = outcome.admin.files_session(*org, *session).await?;
    let file = theirs.attachments.first().context("two files were shared")?;
    let route = format!("/sessions/{session}/attachments/{}", file.id);
    assert_eq!(guest.status(&route).await?.0, 403, "another session's token owns none of it");
    assert_eq!(guest.status(&format!("/orgs/{org}/files/{session}/transcript")).await?.0, 403);
    Ok(())
}

/// Row N13: to another organisation's admin none of it exists.
async fn another_organisation_finds_nothing(stage: &stage::Stage, outcome: &mut Outcome) -> Result<()> {
    let (org, session) = (outcome.org, outcome.session);
    let files = outcome.admin.files_session(org, session).await?;
    let file = files.attachments.first().context("two files were shared")?.id;
    let stranger = outcome.portal.add_org(stage, "Elsewhere", &STRANGER).await?;
    for path in [
        format!("/sessions/{session}"),
        format!("/sessions/{session}/attachments/{file}"),
        format!("/orgs/{org}/files"),
        format!("/orgs/{org}/files/{session}/transcript"),
    ] {
        assert_eq!(stranger.status(&path).await?.0, 404, "{path}");
    }
    let mut admin = outcome.portal.api()?;
    admin.sign_in(&ADMIN).await?;
    assert_eq!(admin.transcript(org, session).await?, outcome.transcript, "after a restart it is the same");
    Ok(())
}
