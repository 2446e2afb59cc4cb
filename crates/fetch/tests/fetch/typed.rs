//! Addresses as people type them, and as attackers spell them.

use deskside_fetch::{AllowList, check};

use crate::server::{Server, ok};
use crate::world::{ONE, World, get};

/// Refused before anything is looked up or connected to.
const REFUSED: &[(&str, &str)] = &[
    // This computer in all spellings.
    ("http://127.0.0.1/", "address_not_allowed"),
    ("https://127.0.0.1/", "address_not_allowed"),
    ("http://127.1/", "address_not_allowed"),
    ("http://127.0.1/", "address_not_allowed"),
    ("http://0x7f000001/", "address_not_allowed"),
    ("http://0x7f.1/", "address_not_allowed"),
    ("http://0x7f.0x0.0x0.0x1/", "address_not_allowed"),
    ("http://2130706433/", "address_not_allowed"),
    ("http://017700000001/", "address_not_allowed"),
    ("http://0177.0.0.1/", "address_not_allowed"),
    ("http://127.0.0.1./", "address_not_allowed"),
    ("http://127.000.000.001/", "address_not_allowed"),
    ("http://%31%32%37.0.0.1/", "address_not_allowed"),
    ("http://１２７.0.0.1/", "address_not_allowed"),
    ("http://①②⑦.0.0.1/", "address_not_allowed"),
    ("http://127。0。0。1/", "address_not_allowed"),
    ("http://127．0｡0．1/", "address_not_allowed"),
    ("http:\\\\127.0.0.1\\", "address_not_allowed"),
    ("http:127.0.0.1", "address_not_allowed"),
    ("  http://127.0.0.1/  ", "address_not_allowed"),
    ("ht\ntp://127.0.0.1/", "address_not_allowed"),
    ("http://127.0.0.1#@files.example/", "address_not_allowed"),
    ("http://[::1]/", "address_not_allowed"),
    ("http://[0:0:0:0:0:0:0:1]/", "address_not_allowed"),
    ("http://[::ffff:127.0.0.1]/", "address_not_allowed"),
    ("http://[::ffff:7f00:1]/", "address_not_allowed"),
    ("http://[::127.0.0.1]/", "address_not_allowed"),
    ("http://[64:ff9b::7f00:1]/", "address_not_allowed"),
    ("http://[2002:7f00:1::]/", "address_not_allowed"),
    ("http://0.0.0.0/", "address_not_allowed"),
    ("http://0/", "address_not_allowed"),
    ("http://[::]/", "address_not_allowed"),
    ("http://localhost/", "address_not_allowed"),
    ("http://localhost./", "address_not_allowed"),
    ("http://LOCALHOST/", "address_not_allowed"),
    ("http://ｌｏｃａｌｈｏｓｔ/", "address_not_allowed"),
    ("http://foo.localhost/", "address_not_allowed"),
    ("http://a.b.Localhost./", "address_not_allowed"),
    // Its networks.
    ("http://10.0.0.1/", "address_not_allowed"),
    ("http://10.1/", "address_not_allowed"),
    ("http://172.16.0.1/", "address_not_allowed"),
    ("http://192.168.0.1/", "address_not_allowed"),
    ("http://100.64.0.1/", "address_not_allowed"),
    ("http://[fc00::1]/", "address_not_allowed"),
    ("http://[fd12:3456::1]/", "address_not_allowed"),
    ("http://[fe80::1]/", "address_not_allowed"),
    ("http://[fec0::1]/", "address_not_allowed"),
    // Metadata.
    ("http://169.254.169.254/latest/meta-data/", "address_not_allowed"),
    ("http://0xa9fea9fe/", "address_not_allowed"),
    ("http://2852039166/", "address_not_allowed"),
    ("http://[::ffff:169.254.169.254]/", "address_not_allowed"),
    ("http://[64:ff9b::a9fe:a9fe]/", "address_not_allowed"),
    ("http://[fd00:ec2::254]/", "address_not_allowed"),
    ("http://168.63.129.16/", "address_not_allowed"),
    ("http://100.100.100.200/", "address_not_allowed"),
    ("http://192.0.0.192/", "address_not_allowed"),
    ("http://metadata.google.internal/", "address_not_allowed"),
    ("http://Metadata.Google.Internal./", "address_not_allowed"),
    ("http://metadata/", "address_not_allowed"),
    ("http://instance-data/", "address_not_allowed"),
    // Nobody's and everybody's.
    ("http://224.0.0.1/", "address_not_allowed"),
    ("http://255.255.255.255/", "address_not_allowed"),
    ("http://[ff02::1]/", "address_not_allowed"),
    // Ports.
    ("http://files.example:22/", "port_not_allowed"),
    ("http://files.example:25/", "port_not_allowed"),
    ("https://files.example:8080/", "port_not_allowed"),
    ("http://files.example:0/", "port_not_allowed"),
    ("http://files.example:65536/", "bad_url"),
    ("http://127.0.0.1:8080/", "port_not_allowed"),
    // Passwords, and what looks like them.
    ("http://user:pass@files.example/", "credentials_in_url"),
    ("http://user@files.example/", "credentials_in_url"),
    ("http://:pass@files.example/", "credentials_in_url"),
    ("http://files.example@127.0.0.1/", "credentials_in_url"),
    ("http://files.example:80@127.0.0.1/", "credentials_in_url"),
    ("http://1.1.1.1 &@127.0.0.1/", "credentials_in_url"),
    // Schemes.
    ("file:///etc/passwd", "scheme_not_allowed"),
    ("ftp://files.example/", "scheme_not_allowed"),
    ("gopher://127.0.0.1:6379/_x", "scheme_not_allowed"),
    ("data:text/plain,x", "scheme_not_allowed"),
    ("dict://files.example/", "scheme_not_allowed"),
    ("ws://files.example/", "scheme_not_allowed"),
    ("jar:http://files.example!/", "scheme_not_allowed"),
    ("blob:https://files.example/1", "scheme_not_allowed"),
    // No addresses at all.
    ("", "bad_url"),
    ("files.example/a", "bad_url"),
    ("/etc/passwd", "bad_url"),
    ("http://", "bad_url"),
    ("http:///", "bad_url"),
    ("http://./", "bad_url"),
    ("http://files..example/", "bad_url"),
    ("http://files.example../", "bad_url"),
    ("http://files.*/", "bad_url"),
    ("http://files.example\u{0}/", "bad_url"),
    ("http://files.example%00.evil/", "bad_url"),
    ("http://fil es.example/", "bad_url"),
    ("http://[::1%25eth0]/", "bad_url"),
    ("http://[::1/", "bad_url"),
    ("http://1.2.3.4.5/", "bad_url"),
    ("http://256.1.1.1/", "bad_url"),
    ("http://4294967296/", "bad_url"),
    ("http://xn--a/", "bad_url"),
];

#[tokio::test]
async fn what_is_refused_is_refused_before_anything_is_asked() {
    let world = World::new("files.example=93.184.215.14;localhost=93.184.215.14;metadata=93.184.215.14");
    for (address, expected) in REFUSED {
        let said = check(address, &AllowList::default()).map_err(|error| error.code());
        assert_eq!(said, Err(*expected), "{address}");
        if url::Url::parse(address).is_ok() {
            assert_eq!(world.get(address).await.said(), *expected, "{address}");
        }
    }
    assert_eq!(world.network.asked(), deskside_fetch::Asked::default());
}

#[test]
fn long_addresses_and_names_are_refused() {
    let label = "a".repeat(63);
    let table = [
        (format!("http://{label}.example/"), true),
        (format!("http://{label}a.example/"), false),
        (format!("http://{}example/", format!("{label}.").repeat(4)), false),
        (format!("http://files.example/{}", "a".repeat(8000)), true),
        (format!("http://files.example/{}", "a".repeat(8200)), false),
    ];
    for (address, expected) in table {
        assert_eq!(check(&address, &AllowList::default()).is_ok(), expected, "{} bytes", address.len());
    }
}

#[test]
fn an_address_gets_the_form_in_which_it_is_fetched() {
    let table = [
        (" HTTP://Files.EXAMPLE:80/a?b#c ", "http://files.example/a?b"),
        ("https://files.example.:443/", "https://files.example/"),
        ("http://files.example#@127.0.0.1/", "http://files.example/"),
        ("http://files.example\\@127.0.0.1/", "http://files.example/@127.0.0.1/"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("http://0x5db8d70e/", "http://93.184.215.14/"),
        ("https://a_b.example:80/", "https://a_b.example:80/"),
    ];
    for (typed, expected) in table {
        let url = check(typed, &AllowList::default()).unwrap();
        assert_eq!(url.as_str(), expected, "{typed}");
    }
}

#[tokio::test]
async fn public_hosts_are_fetched_by_name_and_by_address() {
    let server = Server::start(|_| ok("a file")).await;
    let six = "2606:4700::1111";
    let world = World::new(&format!(
        "files.example={ONE};six.example={six};{ONE}:80={at};[{six}]:80={at}",
        at = server.address
    ));
    let table = [
        ("http://files.example/", "files.example"),
        ("http://files.example./", "files.example"),
        ("http://FILES。example/", "files.example"),
        ("http://six.example/", "six.example"),
        ("http://93.184.215.14/", "93.184.215.14"),
        ("http://0x5db8d70e/", "93.184.215.14"),
        ("http://[2606:4700:0::1111]/", "[2606:4700::1111]"),
    ];
    for (address, host) in table {
        assert_eq!(world.ask(get(address), &crate::world::rules()).await.said(), "a file", "{address}");
        let last = server.requests().pop().unwrap();
        assert_eq!(crate::server::header(&last, "host").as_deref(), Some(host), "{address}");
    }
}
