//! Any bytes on the worker's socket, in both directions: messages or an error.
#![no_main]
use edgestate::jobs::worker::frame::read;
use edgestate::jobs::worker::message::{FromWorker, ToWorker};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut stream = bytes;
    while let Ok(Some(_)) = read::<ToWorker>(&mut stream) {}
    let mut stream = bytes;
    while let Ok(Some(_)) = read::<FromWorker>(&mut stream) {}
});
