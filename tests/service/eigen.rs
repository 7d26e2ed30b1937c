//! Matrices through the server: answers, refusals, cancellation.
use bytes::Bytes;
use edgestate::service::proto::{self, solve_reply, solve_request};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::support::*;

pub fn header(dtype: proto::Dtype, orders: &[u32], vectors: bool) -> proto::SolveHeader {
    let (dtype, orders) = (dtype.into(), orders.to_vec());
    let device = String::new();
    proto::SolveHeader { dtype, orders, vectors, lower_only: false, device, range: None }
}

pub fn chunk(offset_bytes: u64, data: &[u8]) -> proto::Chunk {
    let crc32c = crc32c::crc32c(data);
    proto::Chunk { tensor: 0, offset_bytes, data: Bytes::copy_from_slice(data), crc32c }
}

pub fn bytes(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

pub fn parts(header: proto::SolveHeader, chunks: Vec<proto::Chunk>) -> Vec<proto::SolveRequest> {
    let head = proto::SolveRequest { part: Some(solve_request::Part::Header(header)) };
    let chunk = |chunk| proto::SolveRequest { part: Some(solve_request::Part::Chunk(chunk)) };
    std::iter::once(head).chain(chunks.into_iter().map(chunk)).collect()
}

#[derive(Debug, Default)]
pub struct Answer {
    pub tensors: Vec<proto::Tensor>,
    pub values: Vec<f64>,
    pub vectors: Vec<f64>,
    pub certificate: Option<proto::Certificate>,
}

pub async fn solve(server: &Server, parts: Vec<proto::SolveRequest>) -> Result<Answer, Status> {
    let mut client = server.eigen().await;
    collect(client.solve(tokio_stream::iter(parts)).await?.into_inner()).await
}

pub async fn collect(mut replies: tonic::Streaming<proto::SolveReply>) -> Result<Answer, Status> {
    let mut answer = Answer::default();
    let mut raw = [Vec::new(), Vec::new()];
    while let Some(reply) = replies.message().await? {
        match reply.part.unwrap() {
            solve_reply::Part::Header(header) => answer.tensors = header.tensors,
            solve_reply::Part::Chunk(chunk) => {
                let array = &mut raw[chunk.tensor as usize];
                assert_eq!(chunk.offset_bytes, array.len() as u64);
                assert_eq!(chunk.crc32c, crc32c::crc32c(&chunk.data));
                array.extend_from_slice(&chunk.data);
            }
            solve_reply::Part::Certificate(found) => answer.certificate = Some(found),
        }
    }
    let [values, vectors] = raw.map(|bytes| {
        let numbers = bytes.chunks_exact(8);
        numbers.map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap())).collect()
    });
    (answer.values, answer.vectors) = (values, vectors);
    Ok(answer)
}

/// Order 2: eigenvalues of [[a, b], [b, d]] in closed form; then a chain of 300 sites,
/// 2 cos(pi k / 301), above one piece of the wire.
#[tokio::test]
async fn real_matrices_come_back_with_their_certificate() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let n = 300usize;
    let mut chain = vec![0.0; n * n];
    for i in 0..n - 1 {
        chain[i * n + i + 1] = 1.0;
        chain[(i + 1) * n + i] = 1.0;
    }
    let data = bytes(&[[2.0, 1.0, 1.0, 2.0].as_slice(), &chain].concat());
    let pieces: Vec<proto::Chunk> = data
        .chunks(200_000)
        .enumerate()
        .map(|(index, data)| chunk(200_000 * index as u64, data))
        .collect();
    let orders = [2, n as u32];
    let answer = solve(&server, parts(header(proto::Dtype::F64, &orders, true), pieces));
    let answer = answer.await.unwrap();
    assert!((answer.values[0] - 1.0).abs() < 1e-15 && (answer.values[1] - 3.0).abs() < 1e-15);
    for (index, value) in answer.values[2..].iter().enumerate() {
        let k = (n - index) as f64;
        let exact = 2.0 * (std::f64::consts::PI * k / (n as f64 + 1.0)).cos();
        // n eps |A| with |A| = 2
        assert!((value - exact).abs() < 300.0 * 4.4e-16, "{index}: {value} {exact}");
    }
    // Row-major, eigenvectors as columns: A v = lambda v for the pair of order 2.
    let v = &answer.vectors[..4];
    assert!((2.0 * v[0] + v[2] - answer.values[0] * v[0]).abs() < 1e-15, "{v:?}");
    assert_eq!(answer.vectors.len(), 4 + n * n);
    let certificate = answer.certificate.unwrap();
    assert_eq!(certificate.matrices, 2);
    assert!(certificate.eigen_residual < 30.0 && certificate.eigen_orthogonality < 30.0);
    assert_eq!(answer.tensors[0].shape, [302]);
}

/// sigma_y has the eigenvalues -1, 1; with the other order of storage the vectors would be conjugate.
#[tokio::test]
async fn complex_matrices_keep_their_orientation() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let data = bytes(&[0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0, 0.0]);
    let request = parts(header(proto::Dtype::C128, &[2], true), vec![chunk(0, &data)]);
    let answer = solve(&server, request).await.unwrap();
    assert!((answer.values[0] + 1.0).abs() < 1e-15 && (answer.values[1] - 1.0).abs() < 1e-15);
    // First column (a, b): sigma_y (a, b) = (-i b, i a) = -(a, b), that is a = i b.
    let (a, b) = ((answer.vectors[0], answer.vectors[1]), (answer.vectors[4], answer.vectors[5]));
    assert!((a.0 + b.1).abs() < 1e-15 && (a.1 - b.0).abs() < 1e-15, "{:?}", answer.vectors);
}

/// Of each matrix the eigenvalues and eigenvectors of a range, cut at its order: chains of 3 and 60
/// sites, 2 cos(pi k / (n + 1)); A v = lambda v as the chain says it.
#[tokio::test]
async fn a_range_of_each_matrix_comes_alone() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut data = Vec::new();
    for n in [3usize, 60] {
        let hops = |i: usize, j: usize| i.abs_diff(j) == 1;
        data.extend((0..n * n).map(|at| f64::from(u8::from(hops(at / n, at % n)))));
    }
    for vectors in [true, false] {
        let mut head = header(proto::Dtype::F64, &[3, 60], vectors);
        head.range = Some(proto::IndexRange { first: 1, end: 6 });
        let answer = solve(&server, parts(head, vec![chunk(0, &bytes(&data))])).await.unwrap();
        assert_eq!(answer.values.len(), 2 + 5);
        let energies = |n: usize, k: usize| {
            2.0 * (std::f64::consts::PI * (n - k) as f64 / (n as f64 + 1.0)).cos()
        };
        for (at, value) in answer.values.iter().enumerate() {
            let exact = if at < 2 { energies(3, at + 1) } else { energies(60, at - 1) };
            assert!((value - exact).abs() < 1e-13, "{at}: {value} {exact}");
        }
        let certificate = answer.certificate.unwrap();
        assert_eq!(certificate.matrices, 2);
        assert!(certificate.eigen_residual < 30.0 && certificate.eigen_orthogonality < 30.0);
        assert_eq!(answer.tensors[0].shape, [7]);
        if !vectors {
            assert!(answer.vectors.is_empty());
            continue;
        }
        assert_eq!(answer.tensors[1].shape, [3 * 2 + 60 * 5]);
        let v = |row: usize, k: usize| answer.vectors[3 * 2 + 5 * row + k];
        for k in 0..5 {
            for row in 1..59 {
                let defect = v(row - 1, k) + v(row + 1, k) - answer.values[2 + k] * v(row, k);
                assert!(defect.abs() < 1e-13, "{k} {row}: {defect}");
            }
        }
    }
}

async fn refused(server: &Server, parts: Vec<proto::SolveRequest>, code: Code, text: &str) {
    let status = solve(server, parts).await.map(|_| ()).unwrap_err();
    assert_eq!(status.code(), code, "{text}: {status:?}");
    let details = status.get_error_details();
    let fields = details.bad_request().map(|request| format!("{:?}", request.field_violations));
    let quota = details.quota_failure().map(|failure| format!("{:?}", failure.violations));
    let said = format!("{} {:?} {:?}", status.message(), fields, quota);
    assert!(said.contains(text), "{text} is not in {said}");
}

#[tokio::test]
async fn bad_uploads_are_refused() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let two = || header(proto::Dtype::F64, &[2], false);
    let good = bytes(&[1.0, 0.0, 0.0, 1.0]);
    let bad = Code::InvalidArgument;

    for (first, end, text) in [(2, 5, "header.range.first"), (1, 1, "header.range.end")] {
        let mut head = two();
        head.range = Some(proto::IndexRange { first, end });
        refused(&server, parts(head, vec![chunk(0, &good)]), bad, text).await;
    }
    let mut wrong = chunk(0, &good);
    wrong.crc32c ^= 1;
    refused(&server, parts(two(), vec![wrong]), bad, "chunk.crc32c").await;
    let gap = vec![chunk(0, &good[..8]), chunk(16, &good[16..])];
    refused(&server, parts(two(), gap), bad, "chunk.offset_bytes").await;
    let long = vec![chunk(0, &[good.clone(), good.clone()].concat())];
    refused(&server, parts(two(), long), bad, "chunk.data").await;
    let short = vec![chunk(0, &good[..24])];
    refused(&server, parts(two(), short), bad, "8 more bytes").await;
    let skew = vec![chunk(0, &bytes(&[1.0, 0.5, 0.4, 1.0]))];
    refused(&server, parts(two(), skew), bad, "not Hermitian").await;
    let nan = vec![chunk(0, &bytes(&[1.0, f64::NAN, f64::NAN, 1.0]))];
    refused(&server, parts(two(), nan), bad, "not finite").await;
    refused(&server, parts(header(proto::Dtype::I64, &[2], false), vec![]), bad, "dtype").await;
    refused(&server, parts(header(proto::Dtype::F64, &[], false), vec![]), bad, "orders").await;
    refused(&server, parts(header(proto::Dtype::F64, &[1, 0], false), vec![]), bad, "orders[1]")
        .await;
    refused(&server, vec![], bad, "header").await;
    let over = Code::ResourceExhausted;
    let order = header(proto::Dtype::F64, &[8193], false);
    refused(&server, parts(order, vec![]), over, "order of a matrix").await;
    let batch = header(proto::Dtype::F64, &[8192, 2], false);
    refused(&server, parts(batch, vec![]), over, "elements of a batch").await;
    let many = header(proto::Dtype::F64, &vec![1; 100_001], false);
    refused(&server, parts(many, vec![]), over, "matrices of a batch").await;
    // The server is as good as new.
    let answer = solve(&server, parts(two(), vec![chunk(0, &good)])).await.unwrap();
    assert_eq!(answer.values, [1.0, 1.0]);
}

/// Only the lower triangle counts when the caller says so.
#[tokio::test]
async fn lower_only_skips_the_check() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut head = header(proto::Dtype::F64, &[2], false);
    head.lower_only = true;
    let data = bytes(&[2.0, 99.0, 1.0, 2.0]);
    let answer = solve(&server, parts(head, vec![chunk(0, &data)])).await.unwrap();
    assert!((answer.values[0] - 1.0).abs() < 1e-15, "{:?}", answer.values);
}

/// A batch does not wait for the chunk that the worker is busy with.
#[tokio::test]
async fn matrices_pass_a_busy_queue() {
    let dir = short_dir();
    let server = Start::new(dir.path()).slow(60_000).start();
    let mut client = server.jobs().await;
    submit(&mut client, sweep(&[0.1])).await;
    let request = parts(header(proto::Dtype::F64, &[1], false), vec![chunk(0, &bytes(&[7.0]))]);
    let answer = tokio::time::timeout(std::time::Duration::from_secs(5), solve(&server, request));
    assert_eq!(answer.await.expect("within 5 s").unwrap().values, [7.0]);
}

/// The caller of a batch hears at once when its worker dies, and the next batch finds another one.
#[tokio::test]
async fn a_batch_whose_worker_dies_is_not_waited_for() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let n = 2500usize;
    let matrix: Vec<f64> =
        (0..n * n).map(|k| ((k / n) as f64 - (k % n) as f64).abs().sqrt()).collect();
    let data = bytes(&matrix);
    let pieces: Vec<proto::Chunk> = data
        .chunks(256 << 10)
        .enumerate()
        .map(|(index, data)| chunk((256 << 10) * index as u64, data))
        .collect();
    let request = parts(header(proto::Dtype::F64, &[n as u32], true), pieces);
    let worker = server.worker().unwrap();
    let killer = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(400));
        send_signal(worker, rustix::process::Signal::KILL);
    });
    let status = solve(&server, request).await.map(|_| ()).unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    killer.join().unwrap();
    eventually(std::time::Duration::from_secs(5), "another worker", || {
        server.worker().is_some_and(|pid| pid != worker)
    });
    let one = || parts(header(proto::Dtype::F64, &[1], false), vec![chunk(0, &bytes(&[7.0]))]);
    let begin = std::time::Instant::now();
    let mut answer = solve(&server, one()).await;
    while answer.is_err() && begin.elapsed().as_secs() < 5 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        answer = solve(&server, one()).await;
    }
    assert_eq!(answer.unwrap().values, [7.0]);
}
