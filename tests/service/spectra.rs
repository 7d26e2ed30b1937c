//! Peaks through the server: answers, refusals, cancellation.
use std::time::{Duration, Instant};

use bytes::Bytes;
use edgestate::service::proto::broaden_header::Kernel;
use edgestate::service::proto::{self, broaden_reply, broaden_request};
use edgestate::spectra;
use edgestate::stop::Never;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::support::*;

const PIECE: usize = 100_000;

fn header(peaks: usize, frequencies: usize) -> proto::BroadenHeader {
    proto::BroadenHeader {
        weights_dtype: proto::Dtype::F64.into(),
        peaks: peaks as u64,
        frequencies: frequencies as u64,
        widths: false,
        kernel: Some(Kernel::LogGauss(proto::LogGauss { sigma: 0.3 })),
        method: proto::BroadenMethod::Auto.into(),
        tolerance: 1e-8,
        device: String::new(),
    }
}

fn parts(header: proto::BroadenHeader, arrays: &[&[f64]]) -> Vec<proto::BroadenRequest> {
    let mut parts = vec![broaden_request::Part::Header(header)];
    for (tensor, values) in (0u32..).zip(arrays) {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        for (index, data) in bytes.chunks(PIECE).enumerate() {
            let offset_bytes = (PIECE * index) as u64;
            let (crc32c, data) = (crc32c::crc32c(data), Bytes::copy_from_slice(data));
            let chunk = proto::Chunk { tensor, offset_bytes, data, crc32c };
            parts.push(broaden_request::Part::Chunk(chunk));
        }
    }
    parts.into_iter().map(|part| proto::BroadenRequest { part: Some(part) }).collect()
}

#[derive(Default)]
struct Answer {
    tensors: Vec<proto::Tensor>,
    arrays: [Vec<f64>; 2],
    certificate: Option<proto::Certificate>,
}

async fn broaden(server: &Server, parts: Vec<proto::BroadenRequest>) -> Result<Answer, Status> {
    let mut client = server.spectra().await;
    let mut replies = client.broaden(tokio_stream::iter(parts)).await?.into_inner();
    let mut answer = Answer::default();
    let mut raw = [Vec::new(), Vec::new()];
    while let Some(reply) = replies.message().await? {
        match reply.part.unwrap() {
            broaden_reply::Part::Header(header) => answer.tensors = header.tensors,
            broaden_reply::Part::Chunk(chunk) => {
                let array: &mut Vec<u8> = &mut raw[chunk.tensor as usize];
                assert_eq!(chunk.offset_bytes, array.len() as u64);
                assert_eq!(chunk.crc32c, crc32c::crc32c(&chunk.data));
                array.extend_from_slice(&chunk.data);
            }
            broaden_reply::Part::Certificate(found) => answer.certificate = Some(found),
        }
    }
    answer.arrays = raw.map(|bytes| {
        let numbers = bytes.chunks_exact(8);
        numbers.map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap())).collect()
    });
    Ok(answer)
}

fn peaks(count: usize) -> [Vec<f64>; 2] {
    let position = |i: usize| (-1f64).powi(i as i32) * (-0.001 * i as f64).exp();
    let weight = |i: usize| 1.0 / (1.0 + i as f64);
    [(0..count).map(position).collect(), (0..count).map(weight).collect()]
}

/// The bits of the library, by both methods, with the certificate; arrays longer than one piece.
#[tokio::test]
async fn the_server_says_what_the_library_says() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let [positions, weights] = peaks(20_000);
    let frequencies = spectra::logarithmic_grid(1e-9, 1.0, 2000).unwrap();
    let kernel = spectra::Kernel::LogGauss { sigma: 0.3 };
    let peaks = spectra::Peaks { positions: &positions, weights: &weights, widths: None };
    let options = spectra::Options { method: spectra::Method::Auto, tolerance: 1e-8 };
    let expected = spectra::broaden(&peaks, &frequencies, kernel, options, &Never).unwrap();
    let head = header(positions.len(), frequencies.len());
    let request = parts(head, &[&positions, &weights, &frequencies]);
    let answer = broaden(&server, request).await.unwrap();
    let [values, bounds] = answer.arrays;
    assert_eq!(values, expected.values);
    assert_eq!(bounds, expected.error_bounds);
    assert_eq!(answer.tensors[0].shape, [frequencies.len() as u64]);
    let certificate = answer.certificate.unwrap();
    let measure = |name: &str| certificate.measures.iter().find(|m| m.name == name).unwrap().value;
    assert_eq!(measure("error_bound"), expected.certificate.error_bound);
    assert_eq!(measure("total_weight_re"), expected.certificate.total_weight[0]);
    assert!(0.0 < measure("cells") && measure("peaks") == 20_000.0);
    assert_eq!(certificate.notes[0], "method: binned");
    assert!(certificate.notes[1].starts_with("device: auto: cpu, "), "{:?}", certificate.notes);
}

/// One complex peak with a width of its own, at its centre: weight/(sqrt(pi) width).
#[tokio::test]
async fn complex_weights_and_widths() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut head = header(2, 1);
    head.weights_dtype = proto::Dtype::C128.into();
    head.widths = true;
    head.kernel = Some(Kernel::Gaussian(proto::Gaussian { width: 1.0 }));
    let weights = [1.0, -2.0, 5.0, 5.0];
    let request = parts(head, &[&[0.5, 900.0], &weights, &[0.5], &[0.25, 0.5]]);
    let answer = broaden(&server, request).await.unwrap();
    let height = 1.0 / (std::f64::consts::PI.sqrt() * 0.25);
    let [values, _] = answer.arrays;
    assert!((values[0] - height).abs() < 1e-15 && (values[1] + 2.0 * height).abs() < 1e-15);
    assert_eq!(answer.certificate.unwrap().notes[0], "method: direct");
    // No peaks, no spectrum.
    let none = broaden(&server, parts(header(0, 2), &[&[], &[], &[1.0, 2.0]])).await.unwrap();
    assert_eq!(none.arrays[0], [0.0, 0.0]);
}

async fn refused(server: &Server, parts: Vec<proto::BroadenRequest>, code: Code, text: &str) {
    let status = broaden(server, parts).await.map(|_| ()).unwrap_err();
    assert_eq!(status.code(), code, "{text}: {status:?}");
    let details = status.get_error_details();
    let fields = details.bad_request().map(|request| format!("{:?}", request.field_violations));
    let quota = details.quota_failure().map(|failure| format!("{:?}", failure.violations));
    let said = format!("{fields:?} {quota:?}");
    assert!(said.contains(text), "{text} is not in {said}");
}

#[tokio::test]
async fn bad_uploads_are_refused_by_field() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let bad = Code::InvalidArgument;
    let one = |change: &dyn Fn(&mut proto::BroadenHeader), position: f64, weight: f64| {
        let mut head = header(1, 1);
        change(&mut head);
        parts(head, &[&[position], &[weight], &[1.0]])
    };
    refused(&server, one(&|_| {}, f64::NAN, 1.0), bad, "positions[0]").await;
    refused(&server, one(&|_| {}, 1.0, f64::INFINITY), bad, "weights[0]").await;
    refused(&server, one(&|_| {}, 0.0, 1.0), bad, "positions[0]").await;
    refused(&server, one(&|head| head.tolerance = 0.0, 1.0, 1.0), bad, "options.tolerance").await;
    refused(&server, one(&|head| head.method = 0, 1.0, 1.0), bad, "header.method").await;
    refused(&server, one(&|head| head.kernel = None, 1.0, 1.0), bad, "header.kernel").await;
    refused(&server, one(&|head| head.weights_dtype = 3, 1.0, 1.0), bad, "weights_dtype").await;
    let narrow = |head: &mut proto::BroadenHeader| {
        head.kernel = Some(Kernel::LogGauss(proto::LogGauss { sigma: 0.0 }));
    };
    refused(&server, one(&narrow, 1.0, 1.0), bad, "kernel.sigma").await;
    refused(&server, one(&|head| head.frequencies = 0, 1.0, 1.0), bad, "header.frequencies").await;
    refused(&server, one(&|head| head.frequencies = 2, 1.0, 1.0), bad, "chunk.data").await;
    refused(&server, one(&|head| head.widths = true, 1.0, 1.0), bad, "chunk.data").await;
    refused(&server, vec![], bad, "header").await;
    let over = Code::ResourceExhausted;
    let many = |head: &mut proto::BroadenHeader| head.peaks = (1 << 24) + 1;
    refused(&server, one(&many, 1.0, 1.0), over, "peaks of a spectrum").await;
    let many = |head: &mut proto::BroadenHeader| head.frequencies = (1 << 20) + 1;
    refused(&server, one(&many, 1.0, 1.0), over, "frequencies of a spectrum").await;
    let mut swapped = parts(header(1, 1), &[&[1.0], &[1.0], &[1.0]]);
    swapped.swap(1, 2);
    refused(&server, swapped, bad, "chunk.tensor").await;
    let answer = broaden(&server, one(&|_| {}, 1.0, 1.0)).await.unwrap();
    assert!(0.0 < answer.arrays[0][0]);
}

/// CPU time of a process in clock ticks.
fn ticks(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

/// Callers that have gone free their turns, and the worker stops: two sums of 10^11 terms are dropped.
#[tokio::test]
async fn a_cancelled_call_stops_its_work() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let [positions, weights] = peaks(100_000);
    let frequencies: Vec<f64> = (1..=1_000_000).map(|i| 1e-6 * f64::from(i)).collect();
    let mut head = header(positions.len(), frequencies.len());
    head.method = proto::BroadenMethod::Direct.into();
    let request = parts(head, &[&positions, &weights, &frequencies]);
    for _ in 0..2 {
        let call = broaden(&server, request.clone());
        assert!(tokio::time::timeout(Duration::from_secs(3), call).await.is_err());
    }
    let small = broaden(&server, parts(header(1, 1), &[&[1.0], &[1.0], &[1.0]]));
    let answer = tokio::time::timeout(Duration::from_secs(20), small).await;
    assert!(0.0 < answer.expect("within 20 s").unwrap().arrays[0][0]);
    let worker = server.worker().unwrap();
    eventually(Duration::from_secs(20), "the worker rests", || {
        let (begin, before) = (Instant::now(), ticks(worker));
        std::thread::sleep(Duration::from_millis(500));
        let share = (ticks(worker) - before) as f64 / (100.0 * begin.elapsed().as_secs_f64());
        share < 0.05
    });
}
