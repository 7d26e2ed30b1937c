//! Arrays in pieces, both ways.
use bytes::Bytes;
use tonic::Status;

use super::limits::CHUNK_BYTES;
use super::proto::Chunk;
use super::status::refused;
use crate::engine::Values;

/// Little-endian bytes of an array.
pub fn bytes_of(values: Values) -> Bytes {
    let mut bytes = Vec::with_capacity(8 * values.len());
    match values {
        Values::F64(values) => {
            values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        }
        Values::I64(values) => {
            values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        }
        Values::C128(values) => {
            values.iter().flatten().for_each(|part| bytes.extend_from_slice(&part.to_le_bytes()));
        }
    }
    bytes.into()
}

/// The pieces of array number `tensor`, in order; `data` is shared, not copied.
pub fn pieces(tensor: u32, data: Bytes) -> impl Iterator<Item = Chunk> {
    let count = data.len().div_ceil(CHUNK_BYTES);
    (0..count).map(move |index| {
        let start = index * CHUNK_BYTES;
        piece(tensor, start as u64, data.slice(start..data.len().min(start + CHUNK_BYTES)))
    })
}

/// The pieces of bytes that begin at an offset of array number `tensor`.
pub fn pieces_from(tensor: u32, offset_bytes: u64, data: &Bytes) -> impl Iterator<Item = Chunk> {
    let starts = (0..data.len()).step_by(CHUNK_BYTES);
    starts.map(move |start| {
        let end = data.len().min(start + CHUNK_BYTES);
        piece(tensor, offset_bytes + start as u64, data.slice(start..end))
    })
}

pub fn piece(tensor: u32, offset_bytes: u64, data: Bytes) -> Chunk {
    let crc32c = crc32c::crc32c(&data);
    Chunk { tensor, offset_bytes, data, crc32c }
}

/// One array that arrives in pieces, without gaps.
#[derive(Debug)]
pub struct Arrival {
    tensor: u32,
    expected: u64,
    received: u64,
}

impl Arrival {
    /// Of array number `tensor` in the upload, `expected` bytes.
    pub fn new(tensor: u32, expected: u64) -> Self {
        Self { tensor, expected, received: 0 }
    }

    pub fn complete(&self) -> bool {
        self.received == self.expected
    }

    pub fn missing(&self) -> u64 {
        self.expected - self.received
    }

    /// The bytes of the next piece.
    /// Errors: another tensor, not the next offset, empty, more than announced, a wrong checksum.
    pub fn take(&mut self, chunk: Chunk) -> Result<Bytes, Status> {
        if chunk.tensor != self.tensor {
            return Err(refused("chunk.tensor", chunk.tensor, &self.tensor.to_string()));
        }
        if chunk.offset_bytes != self.received {
            let expected = format!("{}, the pieces in order", self.received);
            return Err(refused("chunk.offset_bytes", chunk.offset_bytes, &expected));
        }
        let len = chunk.data.len() as u64;
        if len == 0 || len > self.missing() {
            let expected = format!("1 to {} bytes, as announced", self.missing());
            return Err(refused("chunk.data", format!("{len} bytes"), &expected));
        }
        let computed = crc32c::crc32c(&chunk.data);
        if computed != chunk.crc32c {
            let expected = format!("{computed:#010x}, the checksum of the bytes that arrived");
            return Err(refused("chunk.crc32c", format!("{:#010x}", chunk.crc32c), &expected));
        }
        self.received += len;
        Ok(chunk.data)
    }
}
