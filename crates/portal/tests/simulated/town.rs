//! A portal over a store that outlives it, and the devices of two people.

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::{Arc, Mutex, atomic::Ordering};

use axum::{Extension, extract::ConnectInfo};
use deskside_portal::{App, Config, Env, router, secret};
use deskside_proto::{DeviceId, Millis, OrgId, OrgRole, Seq, SessionId, UserId, api::ClientKind};
use deskside_store::{NewMembership, NewOrg, NewSession, NewToken, NewUser, Store as _};
use deskside_tests::{
    checker::{self, Books},
    random::Random,
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use turmoil::{Sim, net::TcpListener};

use crate::{DEVICES, PORTAL, device::Device, faulty::Faulty};

/// When the simulation begins; any time will do.
const EPOCH_MILLIS: i64 = 1_800_000_000_000;
const ORG: OrgId = OrgId([1; 16]);
const SESSION: SessionId = SessionId([2; 16]);

pub(crate) fn now() -> Millis {
    let since = turmoil::sim_elapsed().unwrap_or_default();
    Millis(EPOCH_MILLIS + i64::try_from(since.as_millis()).unwrap())
}

/// What devices and test know of each other.
#[derive(Default)]
pub(crate) struct Board {
    /// No fault reigns any more, and none will come.
    pub(crate) calm: bool,
    pub(crate) books: Vec<Books>,
    /// Newest place of the log that each device has, once it has nothing more to say.
    pub(crate) done: Vec<Option<Seq>>,
}

impl Board {
    /// Everybody has said everything, and has heard it.
    pub(crate) fn is_over(&self) -> bool {
        let last = self.books.iter().flat_map(|books| books.acknowledged.values()).max().copied();
        let heads = self.done.iter().map(|head| head.filter(|_| self.calm));
        heads.clone().all(|head| head.is_some() && head >= last && head == self.done[0])
    }
}

pub(crate) struct Town {
    store: Arc<Faulty>,
    board: Rc<RefCell<Board>>,
}

impl Town {
    pub(crate) fn found(sim: &mut Sim<'_>, seed: u64) -> Result<Self, Box<dyn std::error::Error>> {
        let store = Arc::new(Faulty::new());
        let board = Rc::new(RefCell::new(Board::default()));
        let tokens = wait(people(&store))?;
        let folder = Arc::new(tempfile::tempdir()?);
        let served = store.clone();
        sim.host(PORTAL, move || serve(served.clone(), folder.clone(), seed));
        for (number, name) in DEVICES.into_iter().enumerate() {
            // The first two belong to one person.
            let token = tokens[number / 2].clone();
            let mut random = Random::from_seed(seed ^ (number as u64 + 1) << 32);
            board.borrow_mut().books.push(Books { name: name.to_owned(), ..Books::default() });
            board.borrow_mut().done.push(None);
            let device = Device::new(number, token, SESSION, random.bytes(), board.clone());
            sim.client(name, device.live());
        }
        Ok(Self { store, board })
    }

    pub(crate) fn break_store(&self, broken: bool) {
        self.store.no_append.store(broken, Ordering::SeqCst);
    }

    pub(crate) fn fill_store(&self, full: bool) {
        self.store.full.store(full, Ordering::SeqCst);
    }

    pub(crate) fn calm(&self, calm: bool) {
        self.board.borrow_mut().calm = calm;
    }

    pub(crate) fn check(&self) -> turmoil::Result {
        let log = wait(self.store.log(SESSION, 0, u32::MAX))?;
        let mut books = self.board.borrow().books.clone();
        let turned_away = self.store.turned_away.lock().unwrap();
        books.iter_mut().for_each(|books| books.late.clone_from(&turned_away));
        checker::check(&log, &books)?;
        let commands = log.iter().filter(|event| event.txn_id.is_some()).count();
        if commands == 0 { Err("nothing was said all day".into()) } else { Ok(()) }
    }
}

/// The store of these tests never waits.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Two technicians of one organisation and their session; their tokens.
async fn people(store: &Faulty) -> Result<Vec<String>, deskside_store::StoreError> {
    let at = Millis(EPOCH_MILLIS);
    store.create_org(NewOrg { id: ORG, name: "Acme".into(), at }).await?;
    let mut tokens = Vec::new();
    for number in 1..=2_u8 {
        let id = UserId([number; 16]);
        let email = format!("{number}@example.org");
        let name = format!("Person {number}");
        store.create_user(NewUser { id, email, name, password_hash: String::new(), at }).await?;
        store.put_membership(NewMembership { org: ORG, user: id, role: OrgRole::Technician }).await?;
        let token = format!("dsu_{number}{}", "0".repeat(42));
        let expires_at = at.plus(24 * 3_600_000);
        let token_of = NewToken {
            hash: secret::hash(&token),
            user: id,
            device: DeviceId([number; 16]),
            client: ClientKind::Desktop,
            label: "Desktop".into(),
            address: None,
            created_at: at,
            expires_at,
        };
        store.create_token(token_of).await?;
        tokens.push(token);
    }
    let created_by = UserId([1; 16]);
    let session =
        NewSession { id: SESSION, org: ORG, created_by, title: "Printer".into(), at, secrets: vec![] };
    store.create_session(session).await?;
    Ok(tokens)
}

/// One life of the portal: as `serve::start` does it, on the simulated network.
async fn serve(store: Arc<Faulty>, folder: Arc<tempfile::TempDir>, seed: u64) -> turmoil::Result {
    let mut config = Config::new(folder.path().to_owned(), format!("http://{PORTAL}").parse()?);
    config.keep_free_bytes = 0;
    // Of this life: the ids of two lives differ.
    let random = Mutex::new(Random::from_seed(seed ^ now().0.unsigned_abs()));
    let fill = move |bytes: &mut [u8]| {
        let mut random = random.lock().unwrap();
        bytes.iter_mut().for_each(|byte| *byte = random.bytes()[0]);
    };
    let app = App::start(store, config, Env::new(now, fill))?;
    let router = router::router(app.clone());
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 80)).await?;
    loop {
        let (stream, peer): (_, SocketAddr) = listener.accept().await?;
        let service = TowerToHyperService::new(router.clone().layer(Extension(ConnectInfo(peer))));
        let http = hyper::server::conn::http1::Builder::new();
        tokio::spawn(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    }
}
