//! The worker's socket: what is written is read, and no bytes make the reader panic or allocate much.
use edgestate::jobs::spec::Spec;
use edgestate::jobs::worker::frame::{FrameError, MAX_FRAME_BYTES, read, write, write_with_data};
use edgestate::jobs::worker::message::{
    DATA_FROM_WORKER, DATA_TO_WORKER, FromWorker, RunMessage, TaskData, ToWorker, UnitMessage,
    data_head, from_worker, to_worker,
};
use proptest::prelude::*;

use crate::{spec, unit};

#[test]
fn messages_come_back() {
    let spec = spec(0.1, 0.25, &[1e-3, f64::MIN_POSITIVE]);
    let spec = Spec::Nrg(spec);
    let run = to_worker::Part::Run(RunMessage::new(7, &spec));
    let mut bytes = Vec::new();
    write(&mut bytes, &ToWorker { part: Some(run) }).unwrap();
    write(&mut bytes, &ToWorker { part: Some(to_worker::Part::Begin(7)) }).unwrap();
    let mut stream = bytes.as_slice();
    let Some(to_worker::Part::Run(back)) = read::<ToWorker>(&mut stream).unwrap().unwrap().part
    else {
        panic!("no run")
    };
    assert_eq!(back.into_spec(), Some(spec));
    assert!(matches!(
        read::<ToWorker>(&mut stream).unwrap().unwrap().part,
        Some(to_worker::Part::Begin(7))
    ));
    assert!(read::<ToWorker>(&mut stream).unwrap().is_none(), "a clean end");
}

#[test]
fn units_keep_their_bits() {
    let mut result = unit(2.5, 4).nrg().unwrap().clone();
    result.values[0] = f64::NAN;
    result.values[1] = -0.0;
    let part = from_worker::Part::Unit(UnitMessage::new(1, 2, result.clone()));
    let mut bytes = Vec::new();
    write(&mut bytes, &FromWorker { part: Some(part) }).unwrap();
    let back = read::<FromWorker>(&mut bytes.as_slice()).unwrap().unwrap();
    let Some(from_worker::Part::Unit(back)) = back.part else { panic!("no unit") };
    let back = back.into_unit();
    let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&back.values), bits(&result.values));
    assert_eq!((back.shells, back.warnings), (result.shells, result.warnings));
}

#[test]
fn a_claimed_length_above_the_limit_is_refused_before_any_allocation() {
    for length in [MAX_FRAME_BYTES as u32 + 1, u32::MAX] {
        let bytes = [&length.to_le_bytes()[..], &[0; 16]].concat();
        let outcome = read::<ToWorker>(&mut bytes.as_slice());
        assert!(matches!(outcome, Err(FrameError::TooLong { .. })), "{outcome:?}");
    }
}

/// Takes a few bytes at a time, as a socket that is nearly full does.
struct Slow<'a>(&'a mut Vec<u8>, usize);

impl std::io::Write for Slow<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = bytes.len().min(self.1);
        self.0.extend_from_slice(&bytes[..count]);
        Ok(count)
    }
    fn write_vectored(&mut self, slices: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
        let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        self.write(&all)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

proptest! {
    /// What is written without a copy is the message that prost writes, both ways.
    #[test]
    fn data_without_a_copy_are_the_same_frame(
        task in prop_oneof![Just(0), any::<u64>()],
        tensor in prop_oneof![Just(0), any::<u32>()],
        data in prop::collection::vec(any::<u8>(), 0..2000),
        step in 1..3000_usize,
    ) {
        let one = TaskData { task, tensor, data: data.clone().into() };
        let mut expected = [Vec::new(), Vec::new()];
        let part = Some(to_worker::Part::TaskData(one.clone()));
        write(&mut expected[0], &ToWorker { part }).unwrap();
        let part = Some(from_worker::Part::TaskData(one));
        write(&mut expected[1], &FromWorker { part }).unwrap();
        for (expected, part) in expected.iter().zip([DATA_TO_WORKER, DATA_FROM_WORKER]) {
            let mut found = Vec::new();
            let head = data_head(part, task, tensor, data.len());
            write_with_data(&mut Slow(&mut found, step), &head, &data).unwrap();
            // An empty field may be left out or written; what is read is the same.
            if data.is_empty() {
                let read_back = |bytes: &Vec<u8>| read::<ToWorker>(&mut bytes.as_slice()).unwrap();
                prop_assert_eq!(read_back(&found), read_back(expected));
            } else {
                prop_assert_eq!(&found, expected);
            }
        }
    }

    #[test]
    fn any_bytes_end_in_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut framed = (bytes.len() as u32).to_le_bytes().to_vec();
        framed.extend_from_slice(&bytes);
        let _ = read::<ToWorker>(&mut framed.as_slice());
        let _ = read::<FromWorker>(&mut framed.as_slice());
        let _ = read::<FromWorker>(&mut bytes.as_slice());
    }

    /// A frame cut anywhere is an error or a clean end, never a message.
    #[test]
    fn a_cut_frame_is_no_message(cut in 0usize..60) {
        let run = RunMessage::new(7, &Spec::Nrg(spec(0.1, 0.25, &[1e-3])));
        let mut bytes = Vec::new();
        write(&mut bytes, &ToWorker { part: Some(to_worker::Part::Run(run)) }).unwrap();
        prop_assume!(cut < bytes.len());
        let outcome = read::<ToWorker>(&mut &bytes[..cut]);
        prop_assert!(matches!(outcome, Ok(None) | Err(_)));
        prop_assert!(cut == 0 || outcome.is_err());
    }
}
