//! Reads the document named on the command line.
use std::io::Read;
use std::path::Path;

use super::{Exit, complain};
use crate::invalid::Invalid;
use crate::jobs::document::{Document, DocumentError, RawDocument};

/// Longest document read.
const MAX_BYTES: u64 = 16 << 20;

/// The checked document, or the exit code after saying on standard error what is wrong with it.
pub fn load(file: &Path) -> Result<Document, Exit> {
    let text = read(file).map_err(|error| {
        complain(&format!("edgestate: {}: {error}\n", file.display()));
        Exit::BadInput
    })?;
    let json = file.extension().is_some_and(|extension| extension == "json")
        || text.trim_start().starts_with('{');
    let raw = if json { RawDocument::from_json(&text) } else { RawDocument::from_toml(&text) };
    let checked = raw.and_then(|raw| raw.check().map_err(DocumentError::Invalid));
    checked.map_err(|error| match error {
        DocumentError::Syntax(error) => {
            complain(&format!("edgestate: {}: {error}\n", file.display()));
            Exit::BadInput
        }
        DocumentError::Invalid(errors) => refuse(file, &errors),
    })
}

pub fn refuse(file: &Path, errors: &[Invalid]) -> Exit {
    let lines: String = errors.iter().map(|error| format!("  {error}\n")).collect();
    complain(&format!("edgestate: {} is refused:\n{lines}", file.display()));
    Exit::BadInput
}

fn read(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(file)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        let reason = format!("longer than {MAX_BYTES} bytes");
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, reason));
    }
    Ok(text)
}
