//! Sizes of memory as people write them: `512MiB`, `4GiB`, `4G`, `0.5TiB`.
use crate::invalid::Invalid;

const EXPECTED: &str = "a size with a unit: 512MiB, 4GiB, 0.5TiB; K, M, G, T mean KiB, MiB, GiB, \
                        TiB; kB, MB, GB, TB are powers of 1000";

/// Less is not enough for the program itself and any run.
pub const LEAST_BYTES: u64 = 128 << 20;

/// Bytes of a size; `field` is named in a refusal.
/// Errors: no number with a unit, or not finite.
pub fn parse(field: &str, text: &str) -> Result<u64, Invalid> {
    let refused = || Invalid::new(field, text, EXPECTED);
    let text = text.trim();
    let end = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(refused)?;
    let (number, unit) = text.split_at(end);
    let number = number.trim_end();
    let plain = |c: char| c.is_ascii_digit() || c == '.';
    if !number.chars().all(plain) {
        return Err(refused());
    }
    let factor = factor(unit).ok_or_else(refused)?;
    let value: f64 = number.parse().map_err(|_| refused())?;
    let bytes = value * factor;
    // The largest whole number of bytes of which f64 knows every one.
    if bytes <= 9_007_199_254_740_992.0 { Ok(bytes.round() as u64) } else { Err(refused()) }
}

/// [`parse`] of what a command may use.
/// Errors: also below [`LEAST_BYTES`].
pub fn parse_memory(field: &str, text: &str) -> Result<u64, Invalid> {
    match parse(field, text)? {
        bytes if bytes < LEAST_BYTES => Err(Invalid::new(field, text, "at least 128MiB")),
        bytes => Ok(bytes),
    }
}

/// Bytes of a unit, upper or lower case.
fn factor(unit: &str) -> Option<f64> {
    const PREFIXES: [&str; 5] = ["k", "m", "g", "t", "p"];
    let unit = unit.to_ascii_lowercase();
    if unit == "b" {
        return Some(1.0);
    }
    let power = PREFIXES.iter().position(|prefix| unit.starts_with(prefix))? as i32 + 1;
    match &unit[1..] {
        "" | "i" | "ib" => Some(1024_f64.powi(power)),
        "b" => Some(1000_f64.powi(power)),
        _ => None,
    }
}
