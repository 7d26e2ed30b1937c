//! Every limit of the server, in one table; `edgestate serve --print-limits` prints it.
use crate::jobs::document::{MAX_LIST, MAX_UNITS};
use crate::jobs::manager::{MAX_ACTIVE_JOBS, MAX_LISTED_JOBS, MAX_QUEUED_UNITS};
use crate::jobs::planner::{MAX_RESULT_BYTES, WINDOW_UNITS};

/// One message, either way.
pub const MESSAGE_BYTES: usize = 4 << 20;
/// Pieces of arrays sent by the server.
pub const CHUNK_BYTES: usize = 256 << 10;
/// Connections at a time; more wait to be accepted.
pub const CONNECTIONS: usize = 256;
/// Of these, from one TCP address; more are closed at once.
pub const CONNECTIONS_PER_ADDRESS: usize = 64;
/// A connection without a complete greeting (TLS, HTTP/2) is given up after so long.
pub const GREETING_SECONDS: u64 = 10;
/// Streams of one connection.
pub const STREAMS_PER_CONNECTION: u32 = 100;
/// Calls of one connection that are worked on at a time.
pub const CALLS_PER_CONNECTION: usize = 64;
/// Header list of a request.
pub const HEADER_BYTES: u32 = 16 << 10;
/// HTTP/2 windows: of a stream, and of a connection.
pub const STREAM_WINDOW_BYTES: u32 = 4 << 20;
pub const CONNECTION_WINDOW_BYTES: u32 = 16 << 20;
/// One HTTP/2 frame: holds a piece of an array with what belongs to it, so that pieces are neither
/// cut nor put together.
pub const FRAME_BYTES: u32 = 512 << 10;
/// Fetches and documents that are prepared at a time.
pub const HEAVY_CALLS: usize = 4;
/// Batches of matrices in the worker at a time.
pub const EIGEN_CALLS: usize = 2;
/// Elements of one batch of matrices, in bytes.
pub const EIGEN_BYTES: u64 = 512 << 20;
/// Matrices of one batch, and the order of each.
pub const EIGEN_MATRICES: usize = 100_000;
pub const EIGEN_ORDER: u32 = 8192;
/// Small requests answered at a time, and what each may cost by its estimate.
pub const COMPUTE_CALLS: usize = 2;
pub const COMPUTE_SECONDS: f64 = 2.0;
pub const COMPUTE_MEMORY_BYTES: u64 = 512 << 20;
/// Lists of peaks in the worker at a time.
pub const SPECTRA_CALLS: usize = 2;
/// Peaks and frequencies of one spectrum.
pub const SPECTRA_PEAKS: u64 = 1 << 24;
pub const SPECTRA_FREQUENCIES: u64 = 1 << 20;
/// Without a message for so long, an upload is given up.
pub const UPLOAD_IDLE_SECONDS: u64 = 60;
/// As a whole it may take so much longer than that as it has bytes at this rate.
pub const UPLOAD_BYTES_PER_SECOND: u64 = 256 << 10;
/// An answer of which nothing is read for so long is given up.
pub const ANSWER_STALL_SECONDS: u64 = 60;

/// Name, value and unit of every limit.
pub fn table() -> Vec<(&'static str, u64, &'static str)> {
    vec![
        ("message", MESSAGE_BYTES as u64, "bytes"),
        ("chunk of an array sent", CHUNK_BYTES as u64, "bytes"),
        ("connections", CONNECTIONS as u64, "at a time"),
        ("connections of a TCP address", CONNECTIONS_PER_ADDRESS as u64, "at a time"),
        ("silence of a new connection", GREETING_SECONDS, "seconds"),
        ("streams of a connection", u64::from(STREAMS_PER_CONNECTION), "at a time"),
        ("calls of a connection", CALLS_PER_CONNECTION as u64, "at a time"),
        ("headers of a request", u64::from(HEADER_BYTES), "bytes"),
        ("window of a stream", u64::from(STREAM_WINDOW_BYTES), "bytes"),
        ("window of a connection", u64::from(CONNECTION_WINDOW_BYTES), "bytes"),
        ("frame of HTTP/2", u64::from(FRAME_BYTES), "bytes"),
        ("fetches and documents prepared", HEAVY_CALLS as u64, "at a time"),
        ("batches of matrices", EIGEN_CALLS as u64, "at a time"),
        ("elements of a batch of matrices", EIGEN_BYTES, "bytes"),
        ("matrices of a batch", EIGEN_MATRICES as u64, "matrices"),
        ("order of a matrix", u64::from(EIGEN_ORDER), "rows"),
        ("requests answered at once", COMPUTE_CALLS as u64, "at a time"),
        ("estimated work of such a request", COMPUTE_SECONDS as u64, "seconds"),
        ("estimated memory of such a request", COMPUTE_MEMORY_BYTES, "bytes"),
        ("lists of peaks", SPECTRA_CALLS as u64, "at a time"),
        ("peaks of a spectrum", SPECTRA_PEAKS, "peaks"),
        ("frequencies of a spectrum", SPECTRA_FREQUENCIES, "frequencies"),
        ("silence of an upload", UPLOAD_IDLE_SECONDS, "seconds"),
        ("slowest upload, beyond that", UPLOAD_BYTES_PER_SECOND, "bytes/s"),
        ("answer of which nothing is read", ANSWER_STALL_SECONDS, "seconds"),
        ("units of a job (points x z)", MAX_UNITS, "units"),
        ("units of a job planned at a time", WINDOW_UNITS as u64, "units"),
        ("results of a job with tables", MAX_RESULT_BYTES, "bytes"),
        ("units queued in all jobs", MAX_QUEUED_UNITS, "units"),
        ("jobs under way", MAX_ACTIVE_JOBS as u64, "jobs"),
        ("jobs in a listing", MAX_LISTED_JOBS as u64, "jobs"),
        ("values of z, entries of max_states", MAX_LIST as u64, "values"),
    ]
}
