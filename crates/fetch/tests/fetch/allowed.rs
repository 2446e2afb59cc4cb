//! The allow-list: it opens exactly what it names.

use deskside_fetch::{AllowError, AllowList};

use crate::server::{Server, ok, redirect};
use crate::world::{ONE, World, allowing, get};

#[test]
fn entries_are_exact_hosts() {
    let table: &[(&str, Option<AllowError>)] = &[
        ("files.intern", None),
        ("files.intern:8443", None),
        (" Files.INTERN. ", None),
        ("bücher.intern", None),
        ("intranet", None),
        ("localhost:3000", None),
        ("127.0.0.1", None),
        ("10.1.2.3", None),
        ("10.1.2.3:8080", None),
        ("[fd00::7]:443", None),
        ("[::1]", None),
        ("93.184.215.14:8080", None),
        ("", Some(AllowError::BadHost)),
        (":80", Some(AllowError::BadHost)),
        ("*", Some(AllowError::BadHost)),
        ("*.intern", Some(AllowError::BadHost)),
        (".intern", Some(AllowError::BadHost)),
        ("files..intern", Some(AllowError::BadHost)),
        ("files intern", Some(AllowError::BadHost)),
        ("http://files.intern", Some(AllowError::BadHost)),
        ("files.intern/path", Some(AllowError::BadHost)),
        ("user@files.intern", Some(AllowError::BadHost)),
        ("10.0.0.0/8", Some(AllowError::BadHost)),
        ("fd00::7", Some(AllowError::BadHost)),
        ("[fd00::7", Some(AllowError::BadHost)),
        ("files.intern:", Some(AllowError::BadPort)),
        ("files.intern:0", Some(AllowError::BadPort)),
        ("files.intern:+80", Some(AllowError::BadPort)),
        ("files.intern:65536", Some(AllowError::BadPort)),
        ("files.intern:*", Some(AllowError::BadPort)),
        ("files.intern:https", Some(AllowError::BadPort)),
        ("0.0.0.0", Some(AllowError::NeverAllowed)),
        ("[::]", Some(AllowError::NeverAllowed)),
        ("169.254.169.254", Some(AllowError::NeverAllowed)),
        ("0xa9fea9fe:80", Some(AllowError::NeverAllowed)),
        ("[::ffff:169.254.169.254]", Some(AllowError::NeverAllowed)),
        ("[64:ff9b::10.0.0.1]", Some(AllowError::NeverAllowed)),
        ("[fe80::1]", Some(AllowError::NeverAllowed)),
        ("[fd00:ec2::254]", Some(AllowError::NeverAllowed)),
        ("168.63.129.16", Some(AllowError::NeverAllowed)),
        ("224.0.0.1", Some(AllowError::NeverAllowed)),
        ("metadata.google.internal", Some(AllowError::NeverAllowed)),
        ("Metadata.Google.Internal.:80", Some(AllowError::NeverAllowed)),
    ];
    for (entry, expected) in table {
        let read = AllowList::parse([*entry]);
        assert_eq!(read.as_ref().err(), expected.map(|error| (0, error)).as_ref(), "{entry}");
    }
    let read = AllowList::parse(["files.intern", "b*d", "worse:0"]);
    assert_eq!(read, Err((1, AllowError::BadHost)));
    assert_eq!(AllowList::parse(["A.intern."]), AllowList::parse(["a.INTERN"]));
}

/// An entry, an address, and what comes of it.
const OPENED: &[(&str, &str, &str)] = &[
    ("files.intern", "http://files.intern/", "a file"),
    ("files.intern", "http://FILES.intern./", "a file"),
    ("Files.INTERN.", "http://files.intern/", "a file"),
    ("files.intern", "http://files.intern:8080/", "port_not_allowed"),
    ("files.intern", "http://other.intern/", "address_not_allowed"),
    ("files.intern", "http://www.files.intern/", "address_not_allowed"),
    ("files.intern", "http://intern/", "address_not_allowed"),
    ("files.intern", "http://10.1.2.3/", "address_not_allowed"),
    ("files.intern:8080", "http://files.intern:8080/", "a file"),
    ("files.intern:8080", "http://files.intern/", "address_not_allowed"),
    ("files.intern:8080", "http://files.intern:8081/", "port_not_allowed"),
    ("files.intern:8080", "http://other.intern:8080/", "port_not_allowed"),
    ("files.intern:80", "http://files.intern/", "a file"),
    ("files.intern:443", "http://files.intern/", "address_not_allowed"),
    ("bücher.intern", "http://xn--bcher-kva.intern/", "a file"),
    ("xn--bcher-kva.intern", "http://BÜCHER.intern/", "a file"),
    ("10.1.2.3", "http://10.1.2.3/", "a file"),
    ("10.1.2.3", "http://0x0a010203/", "a file"),
    ("10.1.2.3", "http://files.intern/", "address_not_allowed"),
    ("10.1.2.3", "http://10.1.2.4/", "address_not_allowed"),
    ("10.1.2.3", "http://10.1.2.3:8080/", "port_not_allowed"),
    ("10.1.2.3:8080", "http://10.1.2.3:8080/", "a file"),
    ("10.1.2.3:8080", "http://10.1.2.3/", "address_not_allowed"),
    ("[fd00::7]", "http://[fd00:0::7]/", "a file"),
    ("[fd00::7]", "http://[fd00::8]/", "address_not_allowed"),
    ("localhost", "http://localhost/", "a file"),
    ("localhost", "http://127.0.0.1/", "address_not_allowed"),
    ("localhost", "http://a.localhost/", "address_not_allowed"),
    ("public.example:8080", "http://public.example:8080/", "a file"),
    // Never, whatever is allowed.
    ("linklocal.intern", "http://linklocal.intern/", "address_not_allowed"),
    ("mixed.intern", "http://mixed.intern/", "address_not_allowed"),
    ("cloud.intern", "http://cloud.intern/", "address_not_allowed"),
    ("multicast.intern", "http://multicast.intern/", "address_not_allowed"),
    ("zero.intern", "http://zero.intern/", "address_not_allowed"),
    ("nat64.intern", "http://nat64.intern/", "address_not_allowed"),
];

#[tokio::test]
async fn an_entry_opens_what_it_names_and_nothing_else() {
    let server = Server::start(|_| ok("a file")).await;
    let mut map = format!(
        "public.example={ONE};linklocal.intern=169.254.1.1;mixed.intern=10.1.2.3,169.254.169.254;\
         cloud.intern=fd00:ec2::254;multicast.intern=224.0.0.1;zero.intern=0.0.0.0;nat64.intern=64:ff9b::a01:203;\
         localhost=127.0.0.1;a.localhost=127.0.0.1;{ONE}:8080={at};[fd00::7]:80={at};127.0.0.1:80={at};",
        at = server.address
    );
    for name in ["files.intern", "other.intern", "www.files.intern", "intern", "xn--bcher-kva.intern"] {
        map.push_str(&format!("{name}=10.1.2.3;"));
    }
    for port in [80, 8080] {
        map.push_str(&format!("10.1.2.3:{port}={};", server.address));
    }
    for (entry, address, expected) in OPENED {
        let came = World::new(&map).ask(get(address), &allowing(&[entry])).await;
        assert_eq!(came.said(), *expected, "{address} with {entry}");
        let without = World::new(&map).get(address).await.said();
        assert!(without.ends_with("_not_allowed"), "{address} without: {without}");
    }
}

#[tokio::test]
async fn a_redirect_may_lead_to_an_allowed_host_and_to_no_other() {
    let server = Server::start(|request| match request.split(' ').nth(1) {
        Some("/allowed") => redirect(302, "http://10.1.2.3:8080/"),
        Some("/other") => redirect(302, "http://10.1.2.3/"),
        _ => ok("a file"),
    });
    let at = server.await.address;
    let map = format!("files.example={ONE};{ONE}:80={at};10.1.2.3:8080={at}");
    for (path, expected) in [("allowed", "a file"), ("other", "address_not_allowed")] {
        let request = get(&format!("http://files.example/{path}"));
        let came = World::new(&map).ask(request, &allowing(&["10.1.2.3:8080"])).await;
        assert_eq!(came.said(), expected);
    }
}

/// Without a map: the real loopback, by its real name and number.
#[tokio::test]
async fn an_allowed_server_on_this_computer_is_reached_by_the_system() {
    let server = Server::start(|_| ok("a file")).await;
    let network = deskside_fetch::Network::system();
    let fetcher = deskside_fetch::Fetcher::new(Vec::new(), network, 1).unwrap();
    for host in ["localhost", "127.0.0.1"] {
        let entry = format!("{host}:{}", server.address.port());
        let mut bytes = Vec::new();
        let request = get(&format!("http://{entry}/"));
        let came = fetcher.fetch(request.clone(), &allowing(&[&entry]), &mut bytes).await;
        assert_eq!(came.unwrap().size, 6, "{host}");
        let refused = fetcher.fetch(request, &allowing(&["files.intern"]), &mut bytes).await;
        assert_eq!(refused.unwrap_err().code(), "port_not_allowed");
    }
}
