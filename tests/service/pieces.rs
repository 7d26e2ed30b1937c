//! A batch that is solved while it arrives: the same bits however it comes, errors by the number in
//! the whole batch, callers who read late, go, or lose their worker in the middle.
use std::time::Duration;

use edgestate::linalg::cpu::Cpu;
use edgestate::linalg::{Certify, Device, EighOptions, HostBatch, Ragged, Shape};
use edgestate::service::proto::{self, solve_reply};
use edgestate::stop::Never;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use crate::eigen::{bytes, chunk, collect, header, parts, solve};
use crate::support::*;

/// Eleven MiB: several pieces of any kind, small matrices between large ones.
fn orders() -> Vec<u32> {
    let middle = std::iter::repeat_n([200, 3, 90, 24, 150], 18).flatten();
    middle.chain([600, 2]).collect()
}

fn matrices(orders: &[u32]) -> Vec<f64> {
    let mut data = Vec::new();
    for (index, order) in orders.iter().enumerate() {
        let n = *order as usize;
        for at in 0..n * n {
            let (row, col) = ((at / n).max(at % n), (at / n).min(at % n));
            data.push(((row * 37 + col * 101 + row * col + 7 * index) as f64).sin());
        }
    }
    data
}

fn chunks(data: &[f64], len: usize) -> Vec<proto::Chunk> {
    let raw = bytes(data);
    let pieces = raw.chunks(len).enumerate();
    pieces.map(|(index, data)| chunk((len * index) as u64, data)).collect()
}

fn request(orders: &[u32], vectors: bool, len: usize) -> Vec<proto::SolveRequest> {
    let head = header(proto::Dtype::F64, orders, vectors);
    parts(head, chunks(&matrices(orders), len))
}

/// Values, vectors and the certificate are those of the whole batch at once, bit by bit.
#[tokio::test]
async fn pieces_have_the_bits_of_the_whole() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let orders = orders();
    let shapes = orders.iter().map(|order| Shape::square(*order as usize)).collect();
    let cpu = Cpu::new(Some(2)).unwrap();
    let batch = cpu.upload(HostBatch::F64(Ragged::new(shapes, matrices(&orders)).unwrap()));
    let batch = batch.unwrap();
    for vectors in [true, false] {
        let options = EighOptions { vectors, certify: Certify::Full };
        let whole = cpu.eigh(&batch, options, &Never).unwrap();
        for len in [3 << 20, 100_001] {
            let answer = solve(&server, request(&orders, vectors, len)).await.unwrap();
            assert_eq!(answer.values, whole.values.concat());
            let found = whole.vectors.as_ref().map(|vectors| cpu.download(vectors).unwrap());
            match found.as_deref() {
                Some(HostBatch::F64(vectors)) => assert_eq!(answer.vectors, vectors.data()),
                _ => assert!(answer.vectors.is_empty() && !vectors),
            }
            let (found, expected) = (answer.certificate.unwrap(), whole.certificate());
            assert_eq!(found.matrices, orders.len() as u64);
            assert_eq!(found.eigen_residual, expected.residual);
            assert_eq!(found.eigen_orthogonality, expected.orthogonality);
        }
    }
}

/// The answer to what has arrived comes before the rest is sent.
#[tokio::test]
async fn early_matrices_are_answered_early() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let orders = orders();
    let mut request = request(&orders, true, 256 << 10);
    let last = request.pop().unwrap();
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let upload = async move {
        for part in request {
            sender.send(part).await.unwrap();
        }
        sender
    };
    let mut client = server.eigen().await;
    let call = client.solve(ReceiverStream::new(receiver));
    let (sender, reply) = tokio::join!(upload, call);
    let mut replies = reply.unwrap().into_inner();
    let early = tokio::time::timeout(Duration::from_secs(60), replies.message());
    let early = early.await.expect("an answer in a minute").unwrap().unwrap();
    assert!(matches!(early.part, Some(solve_reply::Part::Header(_))), "{early:?}");
    let mut received = 0;
    while received < 1 << 20 {
        let reply = tokio::time::timeout(Duration::from_secs(60), replies.message()).await;
        let Some(solve_reply::Part::Chunk(chunk)) = reply.unwrap().unwrap().unwrap().part else {
            panic!("no chunk")
        };
        received += chunk.data.len();
    }
    sender.send(last).await.unwrap();
    drop(sender);
    let rest = collect_rest(replies).await;
    assert!(rest.certificate.is_some());
}

async fn collect_rest(mut replies: tonic::Streaming<proto::SolveReply>) -> Rest {
    let mut rest = Rest::default();
    while let Some(reply) = replies.message().await.unwrap() {
        match reply.part.unwrap() {
            solve_reply::Part::Chunk(chunk) => rest.bytes += chunk.data.len(),
            solve_reply::Part::Certificate(found) => rest.certificate = Some(found),
            solve_reply::Part::Header(_) => panic!("a second header"),
        }
    }
    rest
}

#[derive(Default)]
struct Rest {
    bytes: usize,
    certificate: Option<proto::Certificate>,
}

/// Above the windows of a stream both ways: nobody waits for the other.
#[tokio::test]
async fn a_caller_who_reads_late_gets_everything() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let orders = orders();
    let request = request(&orders, true, 256 << 10);
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let mut client = server.eigen().await;
    let upload = async move {
        for part in request {
            sender.send(part).await.unwrap();
        }
    };
    let ((), reply) = tokio::join!(upload, client.solve(ReceiverStream::new(receiver)));
    // All is sent; the answer fills its window and waits.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let answer = collect(reply.unwrap().into_inner()).await.unwrap();
    let elements: u32 = orders.iter().map(|order| order * order).sum();
    assert_eq!(answer.vectors.len(), elements as usize);
    assert!(answer.certificate.is_some());
}

/// Said at once, though the caller has not sent all; the matrix by its number in the whole batch.
#[tokio::test]
async fn an_error_in_a_late_piece_names_the_matrix() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let orders = orders();
    let bad = 70;
    let place: u32 = orders[..bad].iter().map(|order| order * order).sum();
    for (value, text) in [(f64::NAN, "matrix 70 holds"), (1e3, "matrix 70 is not Hermitian")] {
        let mut data = matrices(&orders);
        // Above the diagonal.
        data[place as usize + 1] = value;
        let head = header(proto::Dtype::F64, &orders, true);
        let mut request = parts(head, chunks(&data, 256 << 10));
        request.pop();
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        let mut client = server.eigen().await;
        let upload = async move {
            for part in request {
                if sender.send(part).await.is_err() {
                    break;
                }
            }
            sender
        };
        let (sender, reply) = tokio::join!(upload, client.solve(ReceiverStream::new(receiver)));
        let answer =
            tokio::time::timeout(Duration::from_secs(60), collect(reply.unwrap().into_inner()));
        let status = answer.await.expect("an error in a minute").unwrap_err();
        drop(sender);
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        let said = format!("{:?}", tonic_types::StatusExt::get_error_details(&status));
        assert!(said.contains(text), "{said}");
    }
    // The server is as good as new.
    let answer = solve(&server, request(&[1, 2], false, 8)).await.unwrap();
    assert_eq!(answer.values.len(), 3);
}

/// A caller who goes in the middle takes the rest of the work along.
#[tokio::test]
async fn a_caller_may_go_in_the_middle() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let orders = [300; 180];
    for _ in 0..3 {
        let mut client = server.eigen().await;
        let stream = tokio_stream::iter(request(&orders, true, 256 << 10));
        let mut replies = client.solve(stream).await.unwrap().into_inner();
        let first = replies.message().await.unwrap().unwrap();
        assert!(matches!(first.part, Some(solve_reply::Part::Header(_))));
        assert!(replies.message().await.unwrap().is_some());
    }
    let begin = std::time::Instant::now();
    let answer = solve(&server, request(&[1, 2], false, 8)).await.unwrap();
    assert_eq!(answer.values.len(), 3);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

/// A worker that dies between two pieces ends the call; the next one finds another worker.
#[tokio::test]
async fn a_worker_may_die_between_pieces() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let worker = server.worker().unwrap();
    let mut client = server.eigen().await;
    let stream = tokio_stream::iter(request(&[300; 180], true, 256 << 10));
    let mut replies = client.solve(stream).await.unwrap().into_inner();
    for _ in 0..3 {
        assert!(replies.message().await.unwrap().is_some());
    }
    send_signal(worker, rustix::process::Signal::KILL);
    let status = loop {
        match replies.message().await {
            Ok(Some(reply)) => {
                assert!(!matches!(reply.part, Some(solve_reply::Part::Certificate(_))));
            }
            Ok(None) => panic!("an end without a status"),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    eventually(Duration::from_secs(5), "another worker", || {
        server.worker().is_some_and(|pid| pid != worker)
    });
}
