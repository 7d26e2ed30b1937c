//! Clients that mean no good, or are badly written: each is refused or given up, the others do not
//! notice. Limits are tried one below, at, and one above.
use std::time::{Duration, Instant};

use edgestate::service::limits;
use edgestate::service::proto;
use edgestate::service::proto::jobs_client::JobsClient;
use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tonic::Code;

use crate::raw::{End, Raw};
use crate::support::*;

const LIST: &str = "/edgestate.v1.Jobs/List";
const SUBMIT: &str = "/edgestate.v1.Jobs/Submit";
const SOLVE: &str = "/edgestate.v1.Eigen/Solve";
const EMPTY: &[u8] = &[0, 0, 0, 0, 0];

fn grpc(code: Code) -> End {
    End::Grpc(code as u32)
}

/// One gRPC message with its five bytes of head.
fn framed(message: &impl Message) -> &'static [u8] {
    let body = message.encode_to_vec();
    let mut bytes = vec![0];
    bytes.extend_from_slice(&(body.len() as u32).to_be_bytes());
    bytes.extend_from_slice(&body);
    bytes.leak()
}

#[tokio::test]
async fn a_message_may_have_so_many_bytes_and_no_more() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let raw = Raw::connect(&server.socket).await;
    let of_size = |size: usize| {
        let with = |len: usize| proto::SubmitRequest {
            sweep: Some(proto::Sweep { device: "x".repeat(len), ..proto::Sweep::default() }),
            priority: 0,
        };
        let overhead = with(size).encoded_len() - size;
        let message = with(size - overhead);
        assert_eq!(message.encoded_len(), size);
        framed(&message)
    };
    for (size, expected) in [
        (limits::MESSAGE_BYTES - 1, Code::InvalidArgument),
        (limits::MESSAGE_BYTES, Code::InvalidArgument),
        (limits::MESSAGE_BYTES + 1, Code::OutOfRange),
    ] {
        assert_eq!(raw.call(SUBMIT, &[], of_size(size), false).await, grpc(expected), "{size}");
    }
}

/// Refused by what they claim, before memory is taken for it.
#[tokio::test]
async fn bombs_are_refused_at_once() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let raw = Raw::connect(&server.socket).await;
    raw.call(LIST, &[], EMPTY, false).await;
    let before = resident(server.child.id());
    let header = |orders: Vec<u32>| {
        let header = proto::SolveHeader {
            dtype: proto::Dtype::F64.into(),
            orders,
            vectors: true,
            lower_only: false,
            device: String::new(),
        };
        let part = Some(proto::solve_request::Part::Header(header));
        framed(&proto::SolveRequest { part })
    };
    let (most, order) = (limits::EIGEN_MATRICES, limits::EIGEN_ORDER);
    let too_large = grpc(Code::ResourceExhausted);
    // Here the header is fine, and the data are missing.
    let fits = grpc(Code::InvalidArgument);
    let nested: &'static [u8] = {
        // Groups within groups, 100,000 deep.
        let mut bytes = vec![0];
        bytes.extend_from_slice(&100_000u32.to_be_bytes());
        bytes.extend(std::iter::repeat_n(0x0b, 100_000));
        bytes.leak()
    };
    let cases: Vec<(&str, &str, &'static [u8], Vec<End>)> = vec![
        ("claims 4 GiB", SUBMIT, &[0, 255, 255, 255, 255], vec![grpc(Code::OutOfRange)]),
        (
            "compressed",
            SUBMIT,
            &[1, 0, 0, 0, 0],
            vec![grpc(Code::Internal), grpc(Code::Unimplemented)],
        ),
        (
            "no message",
            SUBMIT,
            b"nonsense",
            vec![grpc(Code::Internal), grpc(Code::OutOfRange), grpc(Code::Unimplemented)],
        ),
        ("deeply nested", SUBMIT, nested, vec![grpc(Code::Internal)]),
        ("matrices at the limit", SOLVE, header(vec![1; most]), vec![fits.clone()]),
        ("one matrix more", SOLVE, header(vec![1; most + 1]), vec![too_large.clone()]),
        ("a million matrices", SOLVE, header(vec![1; 1_000_000]), vec![too_large.clone()]),
        ("order below the limit", SOLVE, header(vec![order - 1]), vec![fits.clone()]),
        ("order at the limit", SOLVE, header(vec![order]), vec![fits.clone()]),
        ("order above the limit", SOLVE, header(vec![order + 1]), vec![too_large.clone()]),
        ("largest order", SOLVE, header(vec![u32::MAX]), vec![too_large.clone()]),
        ("bytes at the limit", SOLVE, header(vec![order / 2; 4]), vec![fits]),
        (
            "bytes above the limit",
            SOLVE,
            header(vec![order / 2, order / 2, order / 2, order / 2, 1]),
            vec![too_large],
        ),
    ];
    for (name, path, body, expected) in cases {
        let begin = Instant::now();
        let end = raw.call(path, &[], body, false).await;
        assert!(expected.contains(&end), "{name}: {end:?}");
        let took = begin.elapsed();
        assert!(took < Duration::from_secs(1), "{name} took {took:?}");
    }
    let grown = resident(server.child.id()).saturating_sub(before);
    assert!(grown < 64 << 20, "grown by {grown} bytes");
}

#[tokio::test]
async fn headers_may_have_so_many_bytes_and_no_more() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    // The size of a header is that of name and value and 32 more; all pieces stay below the limit.
    let filled = |bytes: usize| vec![("x-filling", "x".repeat(bytes))];
    for (bytes, fits) in [(12 << 10, true), (17 << 10, false), (60 << 10, false)] {
        let raw = Raw::connect(&server.socket).await;
        let end = raw.call(LIST, &filled(bytes), EMPTY, false).await;
        assert_eq!(end == grpc(Code::Ok), fits, "{bytes}: {end:?}");
    }
    let raw = Raw::connect(&server.socket).await;
    assert_eq!(raw.call(LIST, &[], EMPTY, false).await, grpc(Code::Ok));
}

#[tokio::test]
async fn streams_of_a_connection_are_limited() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let raw = Raw::connect(&server.socket).await;
    raw.call(LIST, &[], EMPTY, false).await;
    assert_eq!(raw.send.current_max_send_streams(), limits::STREAMS_PER_CONNECTION as usize);
}

/// A hundred thousand calls begun and taken back: the connection is closed, the others are served.
#[tokio::test]
async fn rapid_resets_end_the_connection() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    client.list(proto::ListRequest {}).await.unwrap();
    let before = resident(server.child.id());
    let raw = Raw::connect(&server.socket).await;
    let mut sent = 0;
    while sent < 100_000 && raw.reset(LIST).await.is_ok() {
        sent += 1;
        if sent % 64 == 0 {
            tokio::task::yield_now().await;
        }
    }
    assert!(sent < 100_000, "never closed");
    let begin = Instant::now();
    client.list(proto::ListRequest {}).await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(2), "others wait {:?}", begin.elapsed());
    let grown = resident(server.child.id()).saturating_sub(before);
    assert!(grown < 64 << 20, "grown by {grown} bytes after {sent} resets");
}

/// A connection that says nothing, or half of its greeting, is closed; one that greets stays.
#[tokio::test]
async fn silent_connections_are_closed() {
    let dir = short_dir();
    let server = Start::new(dir.path()).arguments(&["--listen", "127.0.0.1:0"]).start();
    let mut unix = UnixStream::connect(&server.socket).await.unwrap();
    let mut tcp = TcpStream::connect(server.address.clone().unwrap()).await.unwrap();
    let mut half = UnixStream::connect(&server.socket).await.unwrap();
    half.write_all(b"PRI * HTTP/2.0").await.unwrap();
    let good = Raw::connect(&server.socket).await;
    let begin = Instant::now();
    let limit = Duration::from_secs(limits::GREETING_SECONDS + 10);
    let mut bytes = Vec::new();
    for stream in [&mut unix, &mut half] {
        let closed = tokio::time::timeout(limit, stream.read_to_end(&mut bytes)).await;
        assert!(closed.is_ok(), "still open after {limit:?}");
    }
    assert!(tokio::time::timeout(limit, tcp.read_to_end(&mut bytes)).await.is_ok());
    let took = begin.elapsed();
    assert!(Duration::from_secs(limits::GREETING_SECONDS - 1) < took, "closed after {took:?}");
    assert_eq!(good.call(LIST, &[], EMPTY, false).await, grpc(Code::Ok));
}

/// One address gets no more than its share; the next connection is closed at once, not left
/// waiting, and the Unix socket is there for others.
#[tokio::test]
async fn connections_of_an_address_are_limited() {
    let dir = short_dir();
    let server = Start::new(dir.path()).arguments(&["--listen", "127.0.0.1:0"]).start();
    let address = server.address.clone().unwrap();
    let mut open = Vec::new();
    for _ in 0..limits::CONNECTIONS_PER_ADDRESS {
        let stream = TcpStream::connect(&address).await.unwrap();
        let (send, connection) = h2::client::handshake(stream).await.unwrap();
        let task = tokio::spawn(connection);
        open.push((Raw { send }, task));
    }
    let ask = async |raw: &Raw| raw.call(LIST, &[], EMPTY, false).await;
    for (raw, _) in &open {
        assert_eq!(ask(raw).await, grpc(Code::Ok));
    }
    let mut more = TcpStream::connect(&address).await.unwrap();
    let mut bytes = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(5), more.read_to_end(&mut bytes)).await;
    assert!(closed.is_ok_and(|read| read.is_ok_and(|count| count == 0)), "{bytes:?}");
    server.jobs().await.list(proto::ListRequest {}).await.unwrap();
    let (raw, task) = open.pop().unwrap();
    drop(raw);
    task.abort();
    let begin = Instant::now();
    while JobsClient::connect(format!("http://{address}")).await.is_err() {
        assert!(begin.elapsed() < Duration::from_secs(5), "the place is not free again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The last place is served; one more waits until a place is free.
#[tokio::test]
async fn connections_are_limited() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut open = Vec::new();
    for _ in 0..limits::CONNECTIONS {
        let raw = Raw::connect(&server.socket).await;
        assert_eq!(raw.call(LIST, &[], EMPTY, false).await, grpc(Code::Ok));
        open.push(raw);
    }
    let one_more = async {
        let raw = Raw::connect(&server.socket).await;
        raw.call(LIST, &[], EMPTY, false).await
    };
    tokio::pin!(one_more);
    let early = tokio::time::timeout(Duration::from_millis(500), &mut one_more).await;
    assert!(early.is_err(), "{early:?}");
    open.pop();
    let served = tokio::time::timeout(Duration::from_secs(10), one_more).await;
    assert_eq!(served.unwrap(), grpc(Code::Ok));
}

/// Deadlines are answered as such, also once a stream has begun, and leave nothing behind.
#[tokio::test]
async fn a_missed_deadline_is_called_so() {
    let dir = short_dir();
    let server = Start::new(dir.path()).slow(60_000).start();
    let mut client = server.jobs().await;
    let job = submit(&mut client, sweep(&[0.1])).await;
    let raw = Raw::connect(&server.socket).await;
    let limit = [("grpc-timeout", "300m".to_owned())];
    let begin = Instant::now();
    // An upload that never comes; a stream that goes on for a minute.
    assert_eq!(raw.call(SOLVE, &limit, &[], true).await, grpc(Code::DeadlineExceeded));
    let watch = framed(&proto::WatchRequest { id: job.id });
    let end = raw.call("/edgestate.v1.Jobs/Watch", &limit, watch, false).await;
    assert_eq!(end, grpc(Code::DeadlineExceeded));
    let took = begin.elapsed();
    assert!(Duration::from_millis(560) < took && took < Duration::from_secs(5), "{took:?}");
    assert_eq!(raw.call(LIST, &limit, EMPTY, false).await, grpc(Code::Ok));
    let quiet = async || {
        let mut devices = server.devices().await;
        let found = devices.statistics(proto::StatisticsRequest {}).await.unwrap().into_inner();
        found.calls_under_way == 0 && found.uploads_under_way == 0
    };
    while !quiet().await {
        assert!(begin.elapsed() < Duration::from_secs(15), "calls are left");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A user whose uploads do not go on does not hold up the others.
#[tokio::test]
async fn slow_callers_hold_up_only_themselves() {
    let dir = short_dir();
    let file = dir.path().join("tokens.toml");
    let slow = crate::access::add_user(&file, &["slow"]);
    let quick = crate::access::add_user(&file, &["quick"]);
    let server = crate::access::guarded(dir.path(), &file).start();
    // Uploads that are begun and never go on: more than there are turns.
    let header = proto::SolveHeader {
        dtype: proto::Dtype::F64.into(),
        orders: vec![64],
        vectors: false,
        lower_only: false,
        device: String::new(),
    };
    let part = Some(proto::solve_request::Part::Header(header));
    let begun = framed(&proto::SolveRequest { part });
    let raw = std::sync::Arc::new(Raw::connect(&server.socket).await);
    let authorization = [("authorization", format!("Bearer {slow}"))];
    let mut hanging = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (raw, authorization) = (raw.clone(), authorization.clone());
        hanging.spawn(async move { raw.call(SOLVE, &authorization, begun, true).await });
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut client = server.eigen().await;
    let header = proto::SolveHeader {
        dtype: proto::Dtype::F64.into(),
        orders: vec![1],
        vectors: false,
        lower_only: false,
        device: String::new(),
    };
    let data = bytes::Bytes::copy_from_slice(&7.0f64.to_le_bytes());
    let crc32c = crc32c::crc32c(&data);
    let chunk = proto::Chunk { tensor: 0, offset_bytes: 0, data, crc32c };
    let parts =
        vec![proto::solve_request::Part::Header(header), proto::solve_request::Part::Chunk(chunk)];
    let parts = parts.into_iter().map(|part| proto::SolveRequest { part: Some(part) });
    let parts: Vec<_> = parts.collect();
    let request = crate::access::with_token(&quick, tokio_stream::iter(parts));
    let solved = tokio::time::timeout(Duration::from_secs(10), client.solve(request)).await;
    let mut answer = solved.expect("held up").unwrap().into_inner();
    assert!(answer.message().await.unwrap().is_some());
}
