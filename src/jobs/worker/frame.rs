//! Messages on a byte stream: four bytes of length, little-endian, then the message.
use std::io::{self, IoSlice, Read, Write};

use bytes::Bytes;
use prost::Message;

/// Longest message; matrices travel in pieces far below it.
pub const MAX_FRAME_BYTES: usize = 4 << 20;

/// Why no message came.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("a frame of {bytes} bytes, at most {MAX_FRAME_BYTES} are allowed")]
    TooLong { bytes: usize },
    #[error("a frame that is no message: {0}")]
    Decode(#[from] prost::DecodeError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes one message in one call, so that writers that share a lock never mix frames.
pub fn write<M: Message>(stream: &mut impl Write, message: &M) -> Result<(), FrameError> {
    let bytes = message.encoded_len();
    if bytes > MAX_FRAME_BYTES {
        return Err(FrameError::TooLong { bytes });
    }
    let mut frame = Vec::with_capacity(4 + bytes);
    frame.extend_from_slice(&(bytes as u32).to_le_bytes());
    message.encode_raw(&mut frame);
    Ok(stream.write_all(&frame)?)
}

/// Writes a message that ends with `data`, which are not copied: `head` is the rest of it, encoded.
pub fn write_with_data(
    stream: &mut impl Write,
    head: &[u8],
    data: &[u8],
) -> Result<(), FrameError> {
    let bytes = head.len() + data.len();
    if bytes > MAX_FRAME_BYTES {
        return Err(FrameError::TooLong { bytes });
    }
    let length = (bytes as u32).to_le_bytes();
    let mut slices = [IoSlice::new(&length), IoSlice::new(head), IoSlice::new(data)];
    let mut rest = &mut slices[..];
    IoSlice::advance_slices(&mut rest, 0);
    while !rest.is_empty() {
        match stream.write_vectored(rest) {
            Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
            Ok(count) => IoSlice::advance_slices(&mut rest, count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The next message; none at the end of the stream.
pub fn read<M: Message + Default>(stream: &mut impl Read) -> Result<Option<M>, FrameError> {
    let mut length = [0; 4];
    let mut filled = 0;
    while let Some(rest) = length.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match stream.read(rest) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    let bytes = u32::from_le_bytes(length) as usize;
    if bytes > MAX_FRAME_BYTES {
        return Err(FrameError::TooLong { bytes });
    }
    let mut frame = vec![0; bytes];
    stream.read_exact(&mut frame)?;
    // Byte fields of the message are parts of the frame, not copies.
    Ok(Some(M::decode(Bytes::from(frame))?))
}
