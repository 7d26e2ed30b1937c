//! Any text as a document, TOML and JSON: a checked document or errors, never a panic; and what is
//! read back is what was written.
#![no_main]
use edgestate::jobs::document::RawDocument;

libfuzzer_sys::fuzz_target!(|text: &str| {
    for read in [RawDocument::from_toml(text), RawDocument::from_json(text)] {
        let Ok(raw) = read else { continue };
        let back = RawDocument::from_toml(&raw.to_toml()).expect("what is written can be read");
        assert_eq!(format!("{back:?}"), format!("{raw:?}"));
        let _ = raw.check();
    }
});
