//! Tokens, roles, TLS: who is let in, and to what.
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use edgestate::service::proto;
use edgestate::service::proto::devices_client::DevicesClient;
use edgestate::service::proto::eigen_client::EigenClient;
use edgestate::service::proto::jobs_client::JobsClient;
use edgestate::service::proto::spectra_client::SpectraClient;
use edgestate::service::proto::transport_client::TransportClient;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustix::process::Signal;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::support::*;

pub fn token_command(file: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.arg("token").args(arguments).arg("--tokens").arg(file).output().unwrap()
}

/// A new user, or one more token of a known one.
pub fn add_user(file: &Path, arguments: &[&str]) -> String {
    let output = token_command(file, &[&["add"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub fn with_token<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    request
}

fn leak(path: &Path) -> &'static str {
    path.to_str().unwrap().to_owned().leak()
}

/// A server that asks for tokens.
pub fn guarded<'a>(dir: &'a Path, file: &Path) -> Start<'a> {
    Start::new(dir).arguments(&["--tokens", leak(file)])
}

pub async fn submit_as(
    client: &mut JobsClient<Channel>,
    token: &str,
    request: proto::SubmitRequest,
) -> Result<proto::Job, Status> {
    let reply = client.submit(with_token(token, request)).await?;
    Ok(reply.into_inner().job.unwrap())
}

pub fn submission(couplings: &[f64]) -> proto::SubmitRequest {
    proto::SubmitRequest { sweep: Some(sweep(couplings)), priority: 0 }
}

fn id(id: &str) -> proto::GetRequest {
    proto::GetRequest { id: id.to_owned() }
}

/// Every call of every service, without a body that would be understood: who may not call is told
/// so before anything is read.
async fn code_of_every_call(channel: &Channel, token: Option<&str>) -> Vec<(&'static str, Code)> {
    fn of<T>(token: Option<&str>, message: T) -> Request<T> {
        match token {
            Some(token) => with_token(token, message),
            None => Request::new(message),
        }
    }
    fn code<T>(answer: Result<T, Status>) -> Code {
        answer.map_or_else(|status| status.code(), |_| Code::Ok)
    }
    let mut jobs = JobsClient::new(channel.clone());
    let mut devices = DevicesClient::new(channel.clone());
    let mut eigen = EigenClient::new(channel.clone());
    let mut spectra = SpectraClient::new(channel.clone());
    let mut transport = TransportClient::new(channel.clone());
    let unknown = || "0".to_owned();
    vec![
        ("Submit", code(jobs.submit(of(token, proto::SubmitRequest::default())).await)),
        ("Watch", code(jobs.watch(of(token, proto::WatchRequest { id: unknown() })).await)),
        ("Get", code(jobs.get(of(token, id("0"))).await)),
        ("List", code(jobs.list(of(token, proto::ListRequest {})).await)),
        ("Cancel", code(jobs.cancel(of(token, proto::CancelRequest { id: unknown() })).await)),
        ("Fetch", code(jobs.fetch(of(token, proto::FetchRequest { id: unknown() })).await)),
        ("Estimate", code(jobs.estimate(of(token, proto::EstimateRequest::default())).await)),
        ("Version", code(devices.version(of(token, proto::VersionRequest::default())).await)),
        ("Devices", code(devices.list(of(token, proto::ListDevicesRequest {})).await)),
        ("Statistics", code(devices.statistics(of(token, proto::StatisticsRequest {})).await)),
        ("Solve", code(eigen.solve(of(token, tokio_stream::empty())).await)),
        ("Broaden", code(spectra.broaden(of(token, tokio_stream::empty())).await)),
        ("Compute", code(transport.compute(of(token, proto::TransportRequest::default())).await)),
    ]
}

#[tokio::test]
async fn without_a_token_only_health_is_answered() {
    let dir = short_dir();
    let file = dir.path().join("tokens.toml");
    let token = add_user(&file, &["anna"]);
    let server = guarded(dir.path(), &file).start();
    let channel = server.channel().await;
    let mut health = HealthClient::new(channel.clone());
    health.check(HealthCheckRequest { service: String::new() }).await.unwrap();
    let other = if token.ends_with('0') { '1' } else { '0' };
    let wrong = format!("{}{other}", &token[..token.len() - 1]);
    for token in [None, Some("nonsense"), Some(wrong.as_str()), Some(&token[1..])] {
        for (name, code) in code_of_every_call(&channel, token).await {
            assert_eq!(code, Code::Unauthenticated, "{name} with {token:?}");
        }
    }
    for (name, code) in code_of_every_call(&channel, Some(&token)).await {
        assert_ne!(code, Code::Unauthenticated, "{name}");
        assert_ne!(code, Code::PermissionDenied, "{name}");
    }
    // Two headers, another scheme.
    let mut jobs = JobsClient::new(channel);
    let mut twice = with_token(&token, proto::ListRequest {});
    twice.metadata_mut().append("authorization", format!("Bearer {token}").parse().unwrap());
    assert_eq!(jobs.list(twice).await.unwrap_err().code(), Code::Unauthenticated);
    let mut basic = Request::new(proto::ListRequest {});
    basic.metadata_mut().insert("authorization", format!("Basic {token}").parse().unwrap());
    assert_eq!(jobs.list(basic).await.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn roles_say_which_calls_are_answered() {
    let dir = short_dir();
    let file = dir.path().join("tokens.toml");
    let reader = add_user(&file, &["reader", "--role", "read"]);
    let server = guarded(dir.path(), &file).start();
    let changing = ["Submit", "Cancel", "Solve", "Broaden", "Compute"];
    for (name, code) in code_of_every_call(&server.channel().await, Some(&reader)).await {
        assert_eq!(code == Code::PermissionDenied, changing.contains(&name), "{name}: {code:?}");
    }
}

#[tokio::test]
async fn a_user_sees_own_jobs_and_an_admin_all() {
    let dir = short_dir();
    let file = dir.path().join("tokens.toml");
    let (anna, ben) = (add_user(&file, &["anna"]), add_user(&file, &["ben"]));
    let admin = add_user(&file, &["root", "--role", "admin"]);
    let server = guarded(dir.path(), &file).start();
    let mut client = server.jobs().await;
    let job = submit_as(&mut client, &anna, submission(&[0.1])).await.unwrap();
    assert_eq!(job.owner, "anna");
    // As if it were not there.
    let (mine, other) = (job.id.clone(), "0123456789abcdef".to_owned());
    for (token, hidden) in [(&ben, true), (&anna, false), (&admin, false)] {
        let expected = |code: Code| if hidden { Code::NotFound } else { code };
        let found = client.get(with_token(token, id(&mine))).await;
        assert_eq!(found.map_or_else(|s| s.code(), |_| Code::Ok), expected(Code::Ok));
        let request = proto::FetchRequest { id: mine.clone() };
        let found = client.fetch(with_token(token, request)).await;
        assert_eq!(found.map_or_else(|s| s.code(), |_| Code::Ok), expected(Code::Ok));
        let request = proto::WatchRequest { id: mine.clone() };
        let found = client.watch(with_token(token, request)).await;
        assert_eq!(found.map_or_else(|s| s.code(), |_| Code::Ok), expected(Code::Ok));
        let request =
            proto::CancelRequest { id: if hidden { mine.clone() } else { other.clone() } };
        let found = client.cancel(with_token(token, request)).await;
        assert_eq!(found.unwrap_err().code(), Code::NotFound);
        let listed = client.list(with_token(token, proto::ListRequest {})).await.unwrap();
        assert_eq!(listed.into_inner().jobs.len(), usize::from(!hidden));
    }
    let text = client.get(with_token(&ben, id(&mine))).await.unwrap_err();
    let absent = client.get(with_token(&ben, id(&other))).await.unwrap_err();
    assert_eq!(text.message().replace(&mine, ""), absent.message().replace(&other, ""));
}

/// Owner and priority are the job's, not the server process's.
#[tokio::test]
async fn an_owner_survives_the_server() {
    let dir = short_dir();
    let file = dir.path().join("tokens.toml");
    let (anna, ben) = (add_user(&file, &["anna"]), add_user(&file, &["ben"]));
    let mut server = guarded(dir.path(), &file).slow(60_000).start();
    let mut client = server.jobs().await;
    let request = proto::SubmitRequest { priority: 7, ..submission(&[0.1]) };
    let job = submit_as(&mut client, &anna, request).await.unwrap();
    server.kill();
    let server = guarded(dir.path(), &file).start();
    let mut client = server.jobs().await;
    let found = client.get(with_token(&anna, id(&job.id))).await.unwrap().into_inner();
    assert_eq!((found.owner.as_str(), found.priority), ("anna", 7));
    let hidden = client.get(with_token(&ben, id(&job.id))).await.unwrap_err();
    assert_eq!(hidden.code(), Code::NotFound);
}

/// A token added or removed counts within seconds, and at once on SIGHUP; no call is lost.
#[tokio::test]
async fn tokens_change_without_a_restart() {
    let dir = short_dir();
    let file = dir.path().join("tokens.toml");
    let old = add_user(&file, &["anna"]);
    let mut server = guarded(dir.path(), &file).start();
    let mut client = server.jobs().await;
    let new = add_user(&file, &["anna"]);
    server.signal(Signal::HUP);
    until(async || client.clone().list(with_token(&new, proto::ListRequest {})).await.is_ok())
        .await;
    client.list(with_token(&old, proto::ListRequest {})).await.unwrap();
    let listed = token_command(&file, &["list", "--json"]).stdout;
    let listed: serde_json::Value = serde_json::from_slice(&listed).unwrap();
    let credentials = listed["users"][0]["credentials"].as_array().unwrap().clone();
    assert_eq!(credentials.len(), 2);
    let first = credentials[0]["id"].as_str().unwrap();
    assert!(token_command(&file, &["rm", "anna", "--id", first]).status.success());
    // No signal: the change of the file is seen.
    until(async || client.clone().list(with_token(&old, proto::ListRequest {})).await.is_err())
        .await;
    client.list(with_token(&new, proto::ListRequest {})).await.unwrap();
    // A file that lets others read, or is not understood, changes nothing.
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&file, open).unwrap();
    server.signal(Signal::HUP);
    tokio::time::sleep(Duration::from_millis(300)).await;
    client.list(with_token(&new, proto::ListRequest {})).await.unwrap();
    assert!(server.child.try_wait().unwrap().is_none());
}

async fn until(mut is_true: impl AsyncFnMut() -> bool) {
    let begin = Instant::now();
    while !is_true().await {
        assert!(begin.elapsed() < Duration::from_secs(10), "not within 10 s");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn a_file_of_users_is_private_and_holds_no_token() {
    let dir = short_dir();
    let file = dir.path().join("sub/tokens.toml");
    let token = add_user(&file, &["anna", "--queued-jobs", "3"]);
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(&token) && !text.contains(&token[10..]), "{text}");
    assert_eq!(token.len(), 74);
    for mode in [0o640, 0o604, 0o660, 0o644] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let output = guarded(dir.path(), &file).command().output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{mode:o}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("0600"), "{said}");
        assert_eq!(token_command(&file, &["list"]).status.code(), Some(2));
    }
    assert!(!dir.path().join("store").exists(), "refused before any work");
}

#[test]
fn mistakes_in_users_are_named() {
    let dir = short_dir();
    let file = dir.path().join("tokens.toml");
    add_user(&file, &["anna"]);
    for (arguments, said) in [
        (&["add", "a b"][..], "letters"),
        (&["add", ""], "letters"),
        (&["add", "local"], "taken"),
        (&["add", "ben", "--device-seconds=-1"], "0 or more"),
        (&["add", "ben", "--device-seconds=nan"], "0 or more"),
        (&["rm", "ben"], "no user"),
        (&["rm", "anna", "--id", "zz"], "no credential"),
        (&["rm", "anna", "--id", ""], "no credential"),
    ] {
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = token_command(&file, &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(said), "{arguments:?}: {text}");
    }
    for text in ["[[user]]\nname = \"x\"\n", "nonsense", "[[user]]\nname='x'\nrole='king'\n"] {
        std::fs::write(&file, text).unwrap();
        let output = guarded(dir.path(), &file).command().output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
    }
}

/// An authority, and files of certificates it has issued.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    dir: PathBuf,
}

impl Authority {
    fn new(dir: &Path, name: &str) -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let own = Self { issuer, dir: dir.join(name) };
        std::fs::create_dir(&own.dir).unwrap();
        std::fs::write(own.path("ca.pem"), own.issuer.pem()).unwrap();
        own
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// `NAME.pem` and `NAME.key`.
    fn issue(&self, name: &str) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let (key_file, pem) = (self.path(&format!("{name}.key")), certificate.pem());
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(self.path(&format!("{name}.pem")), pem).unwrap();
    }

    fn server(&self) -> [&'static str; 4] {
        let (certificate, key) = (self.path("server.pem"), self.path("server.key"));
        ["--tls-cert", leak(&certificate), "--tls-key", leak(&key)]
    }

    fn client(&self, identity: Option<&str>) -> ClientTlsConfig {
        let config = ClientTlsConfig::new().domain_name("localhost");
        let config = config.ca_certificate(Certificate::from_pem(self.issuer.pem()));
        let read = |name: String| std::fs::read(self.path(&name)).unwrap();
        match identity {
            None => config,
            Some(name) => config.identity(Identity::from_pem(
                read(format!("{name}.pem")),
                read(format!("{name}.key")),
            )),
        }
    }
}

async fn list_over(address: &str, tls: ClientTlsConfig, token: Option<&str>) -> Result<(), Code> {
    let endpoint = Endpoint::from_shared(format!("https://{address}")).unwrap();
    let channel = endpoint.tls_config(tls).unwrap().connect().await.map_err(|_| Code::Unknown)?;
    let request = match token {
        Some(token) => with_token(token, proto::ListRequest {}),
        None => Request::new(proto::ListRequest {}),
    };
    let answer = JobsClient::new(channel).list(request).await;
    answer.map(|_| ()).map_err(|status| status.code())
}

#[tokio::test]
async fn tcp_is_encrypted_and_asks_for_a_token() {
    let dir = short_dir();
    let authority = Authority::new(dir.path(), "ca");
    let stranger = Authority::new(dir.path(), "stranger");
    authority.issue("server");
    let file = dir.path().join("tokens.toml");
    let token = add_user(&file, &["anna"]);
    let start = guarded(dir.path(), &file).arguments(&authority.server());
    // Any address, now.
    let server = start.arguments(&["--listen", "0.0.0.0:0"]).start();
    let port = server.address.clone().unwrap().rsplit(':').next().unwrap().to_owned();
    let address = format!("127.0.0.1:{port}");
    let tls = || authority.client(None);
    assert_eq!(list_over(&address, tls(), Some(&token)).await, Ok(()));
    assert_eq!(list_over(&address, tls(), None).await, Err(Code::Unauthenticated));
    assert!(list_over(&address, stranger.client(None), Some(&token)).await.is_err());
    // Without encryption there is no answer, with or without a token.
    let plain = JobsClient::connect(format!("http://{address}")).await;
    if let Ok(mut client) = plain {
        client.list(with_token(&token, proto::ListRequest {})).await.unwrap_err();
    }
    // The Unix socket is not encrypted, and asks all the same.
    let mut client = server.jobs().await;
    client.list(with_token(&token, proto::ListRequest {})).await.unwrap();
    client.list(proto::ListRequest {}).await.unwrap_err();
}

#[tokio::test]
async fn a_client_certificate_is_asked_for_and_enough() {
    let dir = short_dir();
    let authority = Authority::new(dir.path(), "ca");
    let stranger = Authority::new(dir.path(), "stranger");
    authority.issue("server");
    authority.issue("anna");
    stranger.issue("eve");
    let ca = authority.path("ca.pem");
    let start = Start::new(dir.path()).arguments(&authority.server());
    let start = start.arguments(&["--tls-client-ca", leak(&ca), "--listen", "0.0.0.0:0"]);
    let server = start.start();
    let port = server.address.clone().unwrap().rsplit(':').next().unwrap().to_owned();
    let address = format!("127.0.0.1:{port}");
    assert_eq!(list_over(&address, authority.client(Some("anna")), None).await, Ok(()));
    assert!(list_over(&address, authority.client(None), None).await.is_err());
    let eve = std::fs::read(stranger.path("eve.pem")).unwrap();
    let key = std::fs::read(stranger.path("eve.key")).unwrap();
    let eve = authority.client(None).identity(Identity::from_pem(eve, key));
    assert!(list_over(&address, eve, None).await.is_err());
}

#[tokio::test]
async fn a_certificate_in_the_file_is_a_user() {
    let dir = short_dir();
    let authority = Authority::new(dir.path(), "ca");
    for name in ["server", "anna", "ben"] {
        authority.issue(name);
    }
    let file = dir.path().join("tokens.toml");
    let certificate = authority.path("anna.pem");
    assert_eq!(add_user(&file, &["anna", "--certificate", leak(&certificate)]), "");
    let token = add_user(&file, &["carla"]);
    let ca = authority.path("ca.pem");
    let start = guarded(dir.path(), &file).arguments(&authority.server());
    let server =
        start.arguments(&["--tls-client-ca", leak(&ca), "--listen", "127.0.0.1:0"]).start();
    let address = server.address.clone().unwrap();
    assert_eq!(list_over(&address, authority.client(Some("anna")), None).await, Ok(()));
    let ben = || authority.client(Some("ben"));
    assert_eq!(list_over(&address, ben(), None).await, Err(Code::Unauthenticated));
    assert_eq!(list_over(&address, ben(), Some(&token)).await, Ok(()));
}

/// New connections see the new certificate; one that does not fit its key leaves the old one.
#[tokio::test]
async fn certificates_change_without_a_restart() {
    let dir = short_dir();
    let (old, new) = (Authority::new(dir.path(), "old"), Authority::new(dir.path(), "new"));
    old.issue("server");
    new.issue("server");
    let start = Start::new(dir.path()).arguments(&old.server());
    let server = start.arguments(&["--listen", "127.0.0.1:0"]).start();
    let address = server.address.clone().unwrap();
    assert_eq!(list_over(&address, old.client(None), None).await, Ok(()));
    assert!(list_over(&address, new.client(None), None).await.is_err());
    // Half of the change: certificate and key do not fit.
    std::fs::copy(new.path("server.pem"), old.path("server.pem")).unwrap();
    server.signal(Signal::HUP);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(list_over(&address, old.client(None), None).await, Ok(()));
    std::fs::copy(new.path("server.key"), old.path("server.key")).unwrap();
    until(async || list_over(&address, new.client(None), None).await.is_ok()).await;
    assert!(list_over(&address, old.client(None), None).await.is_err());
}

#[test]
fn what_is_not_safe_is_refused_at_the_start() {
    let dir = short_dir();
    let authority = Authority::new(dir.path(), "ca");
    authority.issue("server");
    let file = dir.path().join("tokens.toml");
    add_user(&file, &["anna"]);
    let tokens = ["--tokens", leak(&file)];
    let tls = authority.server();
    let any = ["--listen", "0.0.0.0:0"];
    let refused = |arguments: &[&'static str], said: &str| {
        let output = Start::new(dir.path()).arguments(arguments).command().output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(said), "{arguments:?}: {text}");
    };
    refused(&any, "encryption (--tls-cert and --tls-key) and authentication");
    refused(&[any, tokens].concat(), "without encryption");
    refused(&[&any[..], &tls].concat(), "without authentication");
    refused(&["--tls-cert", "x"], "--tls-key");
    let key = authority.path("server.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    refused(&tls, "0600");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(authority.path("server.pem"), "nothing").unwrap();
    refused(&tls, "no certificate");
    assert!(!dir.path().join("store").exists(), "refused before any work");
}

#[tokio::test]
async fn insecure_has_to_be_spelled_out() {
    let dir = short_dir();
    let start = Start::new(dir.path()).arguments(&["--listen", "0.0.0.0:0", "--insecure"]);
    let server = start.start();
    let port = server.address.clone().unwrap().rsplit(':').next().unwrap().to_owned();
    let client = JobsClient::connect(format!("http://127.0.0.1:{port}")).await;
    client.unwrap().list(proto::ListRequest {}).await.unwrap();
}
