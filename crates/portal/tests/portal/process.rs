//! The program itself, on SQLite: first run, restart, command line, TLS, doctor.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::SystemTime,
};

use deskside_portal::{doctor, tls};
use serde_json::{Value, json};

pub(crate) const PASSWORD: &str = "copper kettle 7 rides";

fn portal(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskside-portal"));
    command.arg("--data-dir").arg(folder).stderr(Stdio::null());
    command
}

/// A subcommand in `folder`, with a password on its standard input.
pub(crate) fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskside-portal"));
    command.args(args).arg("--data-dir").arg(folder);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may not ask for one.
    let _ = writeln!(child.stdin.take().unwrap(), "{PASSWORD}");
    child.wait_with_output().unwrap()
}

/// A running portal; killed when dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) told: Value,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn start(folder: &Path, args: &[&str]) -> Running {
    let mut child = portal(folder)
        .args(["--listen", "127.0.0.1:0", "--print-json"])
        .args(args)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Running { child, told: serde_json::from_str(&line).unwrap() }
}

pub(crate) async fn post(url: &str, path: &str, body: Value) -> (u16, Value) {
    tls::install_crypto();
    let reply = reqwest::Client::new().post(format!("{url}{path}")).json(&body).send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

/// First run on SQLite: the link, once; after a restart the account is there and no link is printed.
#[tokio::test]
async fn what_was_set_up_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let portal = start(folder.path(), &[]);
    let url = portal.told["public_url"].as_str().unwrap().to_owned();
    let link = portal.told["set_up_link"].as_str().unwrap();
    let body = json!({
        "token": link.split('#').nth(1).unwrap(), "org_name": "Acme", "name": "Ada", "email": "ada@example.org",
        "password": PASSWORD, "client": "desktop"
    });
    assert_eq!(post(&url, "/api/v1/set-up", body.clone()).await.0, 200);
    drop(portal);

    let portal = start(folder.path(), &[]);
    assert_eq!(portal.told["set_up_link"], Value::Null);
    let url = portal.told["public_url"].as_str().unwrap();
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "client": "desktop" });
    let (status, signed_in) = post(url, "/api/v1/auth/sign-in", body).await;
    assert_eq!((status, &signed_in["me"]["user"]["name"]), (200, &json!("Ada")));
    // One process per data folder.
    let second = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(!second.status.success());
}

#[tokio::test]
async fn the_command_line_adds_organisations_and_people() {
    let folder = tempfile::tempdir().unwrap();
    let org = ["org", "create", "--name", "Acme", "--admin-email", "ada@example.org", "--admin-name", "Ada"];
    let made = run(folder.path(), &org);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let user = |org: &str| {
        run(
            folder.path(),
            &[
                "user",
                "create",
                "--org",
                org,
                "--role",
                "technician-own",
                "--email",
                "olaf@example.org",
                "--name",
                "Olaf",
            ],
        )
    };
    assert!(user("Acme").status.success());
    let unknown = user("Acne");
    assert!(!unknown.status.success());
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no organisation"));
    let portal = start(folder.path(), &[]);
    assert_eq!(portal.told["set_up_link"], Value::Null, "set-up is closed");
    let body = json!({ "email": "olaf@example.org", "password": PASSWORD, "client": "desktop" });
    let (_, signed_in) =
        post(portal.told["public_url"].as_str().unwrap(), "/api/v1/auth/sign-in", body).await;
    assert_eq!(signed_in["me"]["memberships"][0]["role"], "technician_own");
}

#[cfg(unix)]
#[test]
fn the_data_folder_is_nobody_elses() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let _portal = start(&data, &[]);
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn plain_http_on_the_network_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    for (args, words) in [
        (&["serve", "--listen", "0.0.0.0:0"][..], "--public-url"),
        (&["serve", "--listen", "127.0.0.1:0", "--public-url", "http://help.example"], "https://"),
        (&["serve", "--listen", "127.0.0.1:0", "--public-url", "https://help.example"], "--trusted-proxies"),
    ] {
        let refused = run(folder.path(), args);
        let text = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && text.contains(words), "{args:?}: {text}");
    }
}

/// A certificate for `name` that ends at `year`: paths of certificate and key.
fn certificate(folder: &Path, name: &str, year: i32) -> (String, String) {
    let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(year, 1, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    let made = params.self_signed(&key).unwrap();
    let (cert_path, key_path) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&cert_path, made.pem()).unwrap();
    std::fs::write(&key_path, key.serialize_pem()).unwrap();
    (cert_path.display().to_string(), key_path.display().to_string())
}

#[tokio::test]
async fn the_portal_speaks_tls_with_its_own_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = certificate(folder.path(), "localhost", 2090);
    let portal = start(folder.path(), &["--tls-cert", &cert, "--tls-key", &key]);
    let address: std::net::SocketAddr = portal.told["listen"].as_str().unwrap().parse().unwrap();
    assert_eq!(portal.told["public_url"], format!("https://{address}"));
    let root = reqwest::Certificate::from_pem(&std::fs::read(&cert).unwrap()).unwrap();
    tls::install_crypto();
    let client = reqwest::Client::builder().tls_certs_only([root]).build().unwrap();
    let info: Value = client
        .get(format!("https://localhost:{}/api/v1/info", address.port()))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(info["product"], "deskside");
}

#[test]
fn doctor_finds_what_is_wrong_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let listen = ["doctor", "--listen", "127.0.0.1:0"];
    let healthy = run(folder.path(), &listen);
    let text = String::from_utf8_lossy(&healthy.stdout).into_owned();
    assert!(
        text.lines().count() >= 8
            && text.lines().all(|line| line.starts_with("ok ") || line.contains("disk space")),
        "{text}"
    );

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let file = folder.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let (cert, key) = certificate(folder.path(), "other.example", 2090);
    let args = [
        "doctor",
        "--listen",
        &address,
        "--tls-cert",
        &cert,
        "--tls-key",
        &key,
        "--public-url",
        "https://help.example",
        "--trusted-proxies",
        "0.0.0.0/0",
    ];
    let ill = run(&file, &args);
    let text = String::from_utf8_lossy(&ill.stdout).into_owned();
    assert!(!ill.status.success());
    for what in ["data folder", "port", "TLS: the certificate is not for help.example", "proxy headers"] {
        assert!(
            text.lines().any(|line| line.starts_with("problem") && line.contains(what)),
            "{what}: {text}"
        );
    }
}

#[test]
fn doctor_knows_a_portal_a_clock_and_a_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let portal = start(folder.path(), &[]);
    let finding = doctor::port(portal.told["listen"].as_str().unwrap().parse().unwrap(), None);
    assert!(finding.verdict.unwrap().contains("a portal answers"));
    assert!(doctor::clock(SystemTime::UNIX_EPOCH).verdict.is_err());
    assert!(doctor::clock(SystemTime::now()).verdict.is_ok());
    let (cert, _) = certificate(folder.path(), "help.example", 2021);
    let pem = std::fs::read(cert).unwrap();
    let ended = tls::check_certificate(&pem, None, SystemTime::now()).unwrap_err();
    assert!(ended.contains("ended") && ended.contains("Renew"), "{ended}");
    assert!(tls::check_certificate(b"nonsense", None, SystemTime::now()).is_err());
}

#[test]
fn the_description_is_printed() {
    let printed = Command::new(env!("CARGO_BIN_EXE_deskside-portal")).arg("openapi").output().unwrap();
    let description: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert!(description["paths"]["/api/v1/info"]["get"].is_object());
}

/// For a portal whose admins are locked out (row Z22).
#[tokio::test]
async fn the_command_line_helps_who_is_locked_out() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let output = run(folder.path(), args);
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.success(), said)
    };
    let org = ["org", "create", "--name", "Acme", "--admin-email", "ada@example.org", "--admin-name", "Ada"];
    assert!(run(&org).0);
    let olaf = [
        "user",
        "create",
        "--org",
        "Acme",
        "--role",
        "technician",
        "--email",
        "olaf@example.org",
        "--name",
        "Olaf",
    ];
    assert!(run(&olaf).0);
    let (done, said) = run(&["user", "list", "--org", "Acme"]);
    assert!(done && said.contains("active       super_admin     ada@example.org  Ada"), "{said}");
    let (done, said) = run(&["user", "deactivate", "--org", "Acme", "--email", "ada@example.org"]);
    assert!(!done && said.contains("last super admin"), "{said}");
    assert!(run(&["user", "deactivate", "--org", "Acme", "--email", "olaf@example.org"]).0);
    assert!(run(&["user", "list", "--org", "Acme"]).1.contains("deactivated  technician"));
    assert!(!run(&["user", "reset-password", "--org", "Acme", "--email", "nobody@example.org"]).0);
    let reset = ["user", "reset-password", "--org", "Acme", "--email", "ADA@example.org", "--public-url"];
    let (done, said) = run(&[&reset[..], &["https://help.example.org"][..]].concat());
    let link = said.lines().next().unwrap_or_default();
    let token = link.strip_prefix("https://help.example.org/reset-password#").expect(&said).to_owned();
    assert!(done);

    let portal = start(folder.path(), &[]);
    let url = portal.told["public_url"].as_str().unwrap();
    let body = json!({ "token": token, "password": "seven quiet tin bells" });
    tls::install_crypto();
    let reply =
        reqwest::Client::new().post(format!("{url}/api/v1/auth/reset-password")).json(&body).send().await;
    assert_eq!(reply.unwrap().status(), 204);
    let body =
        json!({ "email": "ada@example.org", "password": "seven quiet tin bells", "client": "desktop" });
    assert_eq!(post(url, "/api/v1/auth/sign-in", body).await.0, 200);
    let body = json!({ "email": "olaf@example.org", "password": PASSWORD, "client": "desktop" });
    let (status, told) = post(url, "/api/v1/auth/sign-in", body).await;
    assert_eq!((status, &told["code"]), (403, &json!("account_deactivated")));
}
