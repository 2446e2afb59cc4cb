//! The command line.

use std::{
    io::{self, BufRead, Write},
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, anyhow, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use deskside_fetch::Network;
use deskside_proto::{OrgId, OrgRole, UserId};
use deskside_store::{NewMembership, NewOrg, OrgRecord, Store};
use url::Url;

use crate::{
    App, Config, Env, auth,
    backup::{self, Source},
    blobs::Blobs,
    config::ExtractConfig,
    database::Place,
    doctor,
    ice::IceArgs,
    mail::MailArgs,
    net::Cidr,
    openapi,
    relay::RelayConfig,
    request,
    rescue::{self, RescueCommand},
    routes, secrets, serve, tls,
    verify::{self, VerifyArgs},
};

/// Deskside's portal: sign-in, sessions, stored files and transcripts of an organisation.
#[derive(Debug, Parser)]
#[command(name = "deskside-portal", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the portal (also without a command).
    Serve(Box<ServeArgs>),
    /// Organisations.
    #[command(subcommand)]
    Org(OrgCommand),
    /// People.
    #[command(subcommand)]
    User(UserCommand),
    /// Say whether the sealed vaults are as they were sealed, and name every file that is wrong, missing or unexpected; beside a
    /// running portal too.
    Verify(VerifyArgs),
    /// Print the OpenAPI description.
    Openapi,
    /// Copy everything into a folder while the portal runs: database, stored files, transcripts. Run it as the portal's user.
    Backup {
        /// The backup's own folder, to be made, or one that is there and holds backups.
        #[arg(long)]
        to: PathBuf,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Make a portal's data from a backup, in an empty data folder or database.
    Restore {
        /// The backup's folder.
        #[arg(long)]
        from: PathBuf,
        /// Only compare every file of the backup with its hash.
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Put a new key in the place of the one that secrets of bots are kept under. Stop the portal before.
    ChangeSecretsKey {
        #[command(flatten)]
        data: DataArgs,
        /// The key's file [default: secrets.key in the data folder].
        #[arg(long, env = "DESKSIDE_SECRETS_KEY_FILE")]
        secrets_key: Option<PathBuf>,
    },
    /// Ask a running portal whether it works: exit code 0, or 1 and a sentence.
    Health {
        /// Its address, as seen from here.
        #[arg(long, default_value = "http://127.0.0.1:7300")]
        url: Url,
    },
    /// Say what is wrong with the data folder, database, disk, port, clock, TLS and proxy, and what to do.
    Doctor(Box<ServeArgs>),
}

#[derive(Debug, Subcommand)]
enum OrgCommand {
    /// Add an organisation with its first admin; the password is read from standard input. Stop the portal before.
    Create {
        #[arg(long)]
        name: String,
        #[arg(long)]
        admin_email: String,
        #[arg(long)]
        admin_name: String,
        #[command(flatten)]
        data: DataArgs,
    },
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Add a person, or a membership of a person who is here; a password is read from standard input. Stop the portal before.
    Create {
        /// Id or name of the organisation.
        #[arg(long)]
        org: String,
        #[arg(long)]
        role: Role,
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        #[command(flatten)]
        data: DataArgs,
    },
    #[command(flatten)]
    Rescue(RescueCommand),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Role {
    SuperAdmin,
    Admin,
    Technician,
    /// Only sessions they took part in.
    TechnicianOwn,
}

impl From<Role> for OrgRole {
    fn from(role: Role) -> Self {
        match role {
            Role::SuperAdmin => Self::SuperAdmin,
            Role::Admin => Self::Admin,
            Role::Technician => Self::Technician,
            Role::TechnicianOwn => Self::TechnicianOwn,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// Where everything is kept [default: the platform's data folder, below it deskside/portal].
    #[arg(long, env = "DESKSIDE_PORTAL_DATA")]
    data_dir: Option<PathBuf>,
    /// A PostgreSQL database instead of SQLite in the data folder: <postgres://user:password@host/database>. Others on this machine
    /// can read a command line: give one with a password by the variable.
    #[arg(long, env = "DESKSIDE_DATABASE_URL", hide_env_values = true)]
    database_url: Option<Url>,
}

/// Where a portal's data are.
#[derive(Debug, Args)]
struct PlaceArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The bucket that the portal keeps files in, if it does.
    #[arg(long, env = "DESKSIDE_BLOBS", value_parser = bucket)]
    blobs: Option<Url>,
}

impl PlaceArgs {
    fn source(&self) -> anyhow::Result<Source> {
        let data_dir = self.data.folder()?;
        make_private(&data_dir)
            .with_context(|| format!("the data folder {} cannot be made", data_dir.display()))?;
        let blobs = match &self.blobs {
            Some(bucket) => Blobs::bucket(bucket)?,
            None => Blobs::folder(&data_dir.join("blobs"))?,
        };
        Ok(Source { database: self.data.database()?, blobs, data_dir })
    }
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Address and port; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:7300")]
    pub(crate) listen: SocketAddr,
    /// How people reach the portal, for instance <https://help.example.org>.
    #[arg(long)]
    pub(crate) public_url: Option<Url>,
    /// Certificate chain (PEM).
    #[arg(long, requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key (PEM).
    #[arg(long, requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Proxies whose X-Forwarded-For is believed, for instance 127.0.0.1,10.0.0.0/8.
    #[arg(long, value_delimiter = ',')]
    pub(crate) trusted_proxies: Vec<Cidr>,
    /// A bucket for the bytes of files and transcripts instead of the data folder: <s3://bucket/prefix>. Who may write there, its
    /// region and server are told by `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION` and `AWS_ENDPOINT`.
    #[arg(long, env = "DESKSIDE_BLOBS", value_parser = bucket)]
    pub(crate) blobs: Option<Url>,
    #[command(flatten)]
    pub(crate) mail: MailArgs,
    #[command(flatten)]
    ice: IceArgs,
    /// The file of the keys that secrets of bots are kept under; a backup has it only by its default [default: secrets.key in the data
    /// folder].
    #[arg(long, env = "DESKSIDE_SECRETS_KEY_FILE")]
    secrets_key: Option<PathBuf>,
    /// Program that makes thumbnails [default: deskside-extract beside this program].
    #[arg(long)]
    extract_bin: Option<PathBuf>,
    /// Tell the address as one line of JSON.
    #[arg(long)]
    print_json: bool,
}

impl DataArgs {
    pub(crate) fn folder(&self) -> anyhow::Result<PathBuf> {
        if let Some(folder) = &self.data_dir {
            return Ok(folder.clone());
        }
        let base = directories::BaseDirs::new().ok_or_else(|| anyhow!("no home folder; give --data-dir"))?;
        Ok(base.data_dir().join("deskside").join("portal"))
    }

    pub(crate) fn database(&self) -> anyhow::Result<Place> {
        Place::new(&self.folder()?, self.database_url.as_ref())
    }
}

impl ServeArgs {
    pub(crate) fn folder(&self) -> anyhow::Result<PathBuf> {
        self.data.folder()
    }

    pub(crate) fn database(&self) -> anyhow::Result<Place> {
        self.data.database()
    }

    pub(crate) fn tls_files(&self) -> Option<tls::TlsFiles> {
        tls::files(self.tls_cert.as_deref(), self.tls_key.as_deref())
    }

    /// Where the bytes of files are, for people.
    pub(crate) fn blob_place(&self) -> String {
        match &self.blobs {
            Some(bucket) => format!("in the bucket {bucket}"),
            None => "in the data folder".to_owned(),
        }
    }

    fn extract_program(&self) -> Option<PathBuf> {
        let beside = || {
            let name = format!("deskside-extract{}", std::env::consts::EXE_SUFFIX);
            let program = std::env::current_exe().ok()?.parent()?.join(name);
            program.is_file().then_some(program)
        };
        self.extract_bin.clone().or_else(beside)
    }
}

/// An address of a bucket.
pub(crate) fn bucket(text: &str) -> Result<Url, String> {
    match Url::parse(text) {
        Ok(url) if url.scheme() == "s3" && url.has_host() => Ok(url),
        _ => Err("give a bucket as s3://bucket or s3://bucket/prefix".to_owned()),
    }
}

/// Runs the command of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    init_log();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return report(&anyhow!(error)),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => report(&error),
    }
}

fn report(error: &anyhow::Error) -> ExitCode {
    // Standard error is all that is left to say it on.
    drop(writeln!(io::stderr(), "deskside-portal: {error:#}"));
    ExitCode::FAILURE
}

fn init_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,deskside_portal=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        None => serve_portal(cli.serve).await?,
        Some(Command::Serve(args)) => serve_portal(*args).await?,
        Some(Command::Openapi) => say(openapi::print().trim_end())?,
        Some(Command::Backup { to, place }) => return backup::command::backup(&place.source()?, &to).await,
        Some(Command::Restore { from, check: true, .. }) => return backup::command::check(&from).await,
        Some(Command::Restore { from, check: false, place }) => {
            return backup::command::restore(&from, &place.source()?).await;
        }
        Some(Command::ChangeSecretsKey { data, secrets_key }) => {
            let path = match secrets_key {
                Some(path) => path,
                None => data.folder()?.join("secrets.key"),
            };
            let store = open_store(&data).await?;
            let count = secrets::change_key(&path, &Env::system(), &*store).await?;
            say(&format!("{count} secrets are under a new key"))?;
        }
        Some(Command::Health { url }) => routes::health::ask(&url).await?,
        Some(Command::Verify(args)) => return verify::main(&args).await,
        Some(Command::Doctor(args)) => return doctor::main(&args).await,
        Some(Command::Org(OrgCommand::Create { name, admin_email, admin_name, data })) => {
            create_org(&data, &name, &admin_email, &admin_name).await?;
        }
        Some(Command::User(UserCommand::Create { org, role, email, name, data })) => {
            create_user(&data, &org, role.into(), &email, &name).await?;
        }
        Some(Command::User(UserCommand::Rescue(command))) => rescue::run(command).await?,
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

pub(crate) async fn open_store(data: &DataArgs) -> anyhow::Result<Arc<dyn Store>> {
    let folder = data.folder()?;
    make_private(&folder).with_context(|| format!("the data folder {} cannot be made", folder.display()))?;
    data.database()?.open().await.context("the database cannot be opened")
}

/// Others on this machine have no business in it.
fn make_private(folder: &std::path::Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

async fn serve_portal(args: ServeArgs) -> anyhow::Result<()> {
    raise_file_limit();
    let listener = TcpListener::bind(args.listen)
        .with_context(|| format!("{} is not free; give another address with --listen", args.listen))?;
    let address = listener.local_addr()?;
    let files = args.tls_files();
    let public_url =
        tls::public_url(args.public_url.as_ref(), address, files.is_some(), &args.trusted_proxies)?;
    let tls = match &files {
        Some(files) => Some(tls::load(files).await?),
        None => None,
    };
    let store = open_store(&args.data).await?;
    let defaults = Config::new(args.folder()?, public_url);
    let extract = ExtractConfig { program: args.extract_program(), ..defaults.extract.clone() };
    let (bucket, trusted_proxies) = (args.blobs.clone(), args.trusted_proxies.clone());
    let ice = args.ice.servers()?;
    let relay = RelayConfig {
        is_on: !args.ice.no_relay,
        bytes_per_second: args.ice.relay_bytes_per_second,
        ..RelayConfig::default()
    };
    let mail = args.mail.config();
    let secrets_key = args.secrets_key.clone().unwrap_or_else(|| defaults.secrets_key.clone());
    let network = Network::from_env().map_err(|part| anyhow!("DESKSIDE_FETCH_MAP: {part}"))?;
    let config =
        Config { secrets_key, network, bucket, trusted_proxies, extract, mail, ice, relay, ..defaults };
    let app = App::start(store, config, Env::system())?;
    app.blobs.check().await.with_context(|| format!("files cannot be kept {}", args.blob_place()))?;
    let link = serve::set_up_link(&app).await?;
    let mut running = serve::start(app.clone(), listener, tls)?;
    announce(&app, address, link.as_deref(), args.print_json)?;
    tokio::select! {
        told = serve::until_told_to_stop() => told?,
        failed = running.failed() => return failed.context("the portal stopped listening"),
    }
    running.stop().await?;
    Ok(())
}

fn announce(app: &App, address: SocketAddr, link: Option<&str>, json: bool) -> io::Result<()> {
    let public_url = app.config.public_url.as_str().trim_end_matches('/');
    if json {
        let line = serde_json::json!({ "listen": address, "public_url": public_url, "set_up_link": link });
        return say(&line.to_string());
    }
    match link {
        Some(link) => say(&format!("Deskside portal: {public_url} (set it up once at {link})")),
        None => say(&format!("Deskside portal: {public_url}")),
    }
}

/// A socket is an open file: the common limit of 1024 is too few.
fn raise_file_limit() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => tracing::debug!(limit, "open files"),
        Err(error) => tracing::warn!(%error, "the limit of open files stays as it is"),
    }
}

async fn create_org(data: &DataArgs, name: &str, email: &str, admin: &str) -> anyhow::Result<()> {
    let store = open_store(data).await?;
    let env = Env::system();
    let org = NewOrg {
        id: OrgId::new(env.now(), env.random()),
        name: request::checked_name(name, "name")?,
        at: env.now(),
    };
    let id = org.id;
    // The person first: an organisation without an admin could not be reached.
    let user = person(&*store, email, admin).await?;
    store.create_org(org).await?;
    store.put_membership(NewMembership { org: id, user, role: OrgRole::SuperAdmin }).await?;
    say(&format!("Organisation {name} ({id}) with its admin {email}"))?;
    Ok(())
}

async fn create_user(
    data: &DataArgs,
    org: &str,
    role: OrgRole,
    email: &str,
    name: &str,
) -> anyhow::Result<()> {
    let store = open_store(data).await?;
    let org = find_org(&*store, org).await?;
    let user = person(&*store, email, name).await?;
    store.put_membership(NewMembership { org: org.id, user, role }).await?;
    say(&format!("{email} belongs to {}", org.name))?;
    Ok(())
}

pub(crate) async fn find_org(store: &dyn Store, wanted: &str) -> anyhow::Result<OrgRecord> {
    let all = store.orgs().await?;
    let mut found = all.into_iter().filter(|org| org.name == wanted || org.id.to_string() == wanted);
    match (found.next(), found.next()) {
        (Some(org), None) => Ok(org),
        (None, _) => bail!("there is no organisation {wanted:?}; add it with `org create`"),
        (Some(_), Some(_)) => bail!("several organisations are called {wanted:?}; give the id"),
    }
}

/// The person with that address, made where they are new: only then a password is read.
async fn person(store: &dyn Store, email: &str, name: &str) -> anyhow::Result<UserId> {
    if let Some(known) = store.user_by_email(email).await? {
        return Ok(known.id);
    }
    let env = Env::system();
    let password = read_password().with_context(|| format!("no password for {email}"))?;
    let user = routes::auth::new_user(&auth::Passwords::default(), &env, name, email, password).await?;
    let id = user.id;
    if !store.create_user(user).await? {
        bail!("somebody with the address {email} is here already");
    }
    Ok(id)
}

fn read_password() -> anyhow::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() { bail!("give a password on standard input") } else { Ok(password.to_owned()) }
}
