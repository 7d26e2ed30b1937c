//! Labels: `^{up}`, `_{down}`, `*slanted*`, set in a line of glyphs.
use super::font::{Fonts, Glyph};

/// Size of raised and lowered text, and by how much of the size it is moved.
const SMALL: f64 = 0.7;
const RAISE: f64 = 0.36;
const LOWER: f64 = -0.22;

/// A glyph in its line; units of the size of the text, y upwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    pub glyph: Glyph,
    pub x: f64,
    pub y: f64,
    pub size: f64,
}

/// A line of text, in units of its size.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Line {
    pub glyphs: Vec<Placed>,
    pub width: f64,
}

/// Sets a label. Markup that is not closed ends with the text.
pub(super) fn set(fonts: &Fonts, label: &str) -> Line {
    let mut line = Line::default();
    let (mut size, mut y, mut slanted) = (1.0, 0.0, false);
    // x^{2}_{i}: the second of two scripts stands under the first.
    let mut script_start: Option<f64> = None;
    let mut script_end = 0.0_f64;
    let mut rest = label.chars().peekable();
    while let Some(character) = rest.next() {
        let opens = rest.peek() == Some(&'{');
        match character {
            '^' | '_' if opens => {
                rest.next();
                (size, y) = (SMALL, if character == '^' { RAISE } else { LOWER });
                match script_start {
                    Some(start) => (script_end, line.width) = (line.width, start),
                    None => script_start = Some(line.width),
                }
                continue;
            }
            '}' if y != 0.0 => {
                (size, y) = (1.0, 0.0);
                line.width = line.width.max(script_end);
                continue;
            }
            '*' => {
                slanted = !slanted;
                continue;
            }
            _ => {}
        }
        if y == 0.0 {
            (script_start, script_end) = (None, 0.0);
        }
        let glyph = fonts.glyph(character, slanted);
        line.glyphs.push(Placed { glyph, x: line.width, y, size });
        line.width += size * fonts.width(glyph);
    }
    line.width = line.width.max(script_end);
    line
}

/// The label without its markup, for tables and readers of the document.
pub(super) fn unmarked(label: &str) -> String {
    let mut text = String::with_capacity(label.len());
    let mut depth = 0;
    let mut rest = label.chars().peekable();
    while let Some(character) = rest.next() {
        let opens = rest.peek() == Some(&'{');
        match character {
            '^' | '_' if opens => {
                rest.next();
                text.push(character);
                depth += 1;
            }
            '}' if 0 < depth => depth -= 1,
            '*' => {}
            character if character.is_control() => text.push(' '),
            character => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(label: &str) -> Line {
        set(&Fonts::new().unwrap(), label)
    }

    #[test]
    fn scripts_are_small_and_moved() {
        let found = line("x^{2}_{i}y");
        let shape: Vec<(f64, f64)> = found.glyphs.iter().map(|g| (g.y, g.size)).collect();
        assert_eq!(shape, [(0.0, 1.0), (RAISE, SMALL), (LOWER, SMALL), (0.0, 1.0)]);
        // One above the other, and the wider of both before what follows.
        assert_eq!(found.glyphs[1].x, found.glyphs[2].x);
        assert!((found.glyphs[3].x - line("x^{2}").width).abs() < 1e-12);
    }

    #[test]
    fn slanted_text_is_another_face() {
        let found = line("a*a*a");
        let faces: Vec<bool> = found.glyphs.iter().map(|g| g.glyph.slanted).collect();
        assert_eq!(faces, [false, true, false]);
    }

    #[test]
    fn markup_that_is_not_closed_is_harmless() {
        for label in ["^{", "x_{", "*", "}", "{}", "^", "_", "a^b", "\u{0}"] {
            assert!(line(label).width.is_finite(), "{label}");
        }
        assert_eq!(unmarked("*θ*_{sH}^{2} (10^{\u{2212}3}) a_b"), "θ_sH^2 (10^\u{2212}3) a_b");
    }
}
