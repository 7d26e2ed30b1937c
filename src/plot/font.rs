//! The embedded font: widths and outlines of its glyphs.
use std::fmt::Write;

use ttf_parser::{Face, GlyphId, OutlineBuilder};

use super::PlotError;

const UPRIGHT: &[u8] = include_bytes!("fonts/Arimo-Regular.ttf");
const SLANTED: &[u8] = include_bytes!("fonts/Arimo-Italic.ttf");

/// One drawn sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Glyph {
    pub slanted: bool,
    pub id: u16,
}

/// Upright and slanted face.
pub(super) struct Fonts {
    faces: [Face<'static>; 2],
}

impl Fonts {
    pub fn new() -> Result<Self, PlotError> {
        let parse = |data: &'static [u8]| {
            Face::parse(data, 0).map_err(|error| PlotError::Draw(format!("font: {error}")))
        };
        Ok(Self { faces: [parse(UPRIGHT)?, parse(SLANTED)?] })
    }

    fn face(&self, slanted: bool) -> &Face<'static> {
        &self.faces[usize::from(slanted)]
    }

    /// The sign of a character; the empty box where the font has none.
    pub fn glyph(&self, character: char, slanted: bool) -> Glyph {
        let id = self.face(slanted).glyph_index(character).unwrap_or(GlyphId(0));
        Glyph { slanted, id: id.0 }
    }

    /// Advance over the size of the text.
    pub fn width(&self, glyph: Glyph) -> f64 {
        let face = self.face(glyph.slanted);
        let advance = face.glyph_hor_advance(GlyphId(glyph.id)).unwrap_or(0);
        f64::from(advance) / self.units(glyph.slanted)
    }

    /// Font units of one size of text.
    pub fn units(&self, slanted: bool) -> f64 {
        f64::from(self.face(slanted).units_per_em())
    }

    /// SVG path in font units, y downwards; empty for a space.
    pub fn outline(&self, glyph: Glyph) -> String {
        let mut path = PathText(String::new());
        self.face(glyph.slanted).outline_glyph(GlyphId(glyph.id), &mut path);
        path.0
    }
}

struct PathText(String);

impl PathText {
    fn push(&mut self, command: char, points: &[(f32, f32)]) {
        self.0.push(command);
        for (index, (x, y)) in points.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            // Writing to a string cannot fail.
            let _ = write!(self.0, "{space}{} {}", x.round(), -y.round() + 0.0);
        }
    }
}

impl OutlineBuilder for PathText {
    fn move_to(&mut self, x: f32, y: f32) {
        self.push('M', &[(x, y)]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.push('L', &[(x, y)]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.push('Q', &[(x1, y1), (x, y)]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.push('C', &[(x1, y1), (x2, y2), (x, y)]);
    }

    fn close(&mut self) {
        self.0.push('Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What physicists write is in both faces.
    #[test]
    fn the_font_has_our_signs() {
        let fonts = Fonts::new().unwrap();
        let signs = "azAZ09 .,:;()[]|/+=<>\u{2212}\u{b7}\u{d7}\u{b1}\u{b0}\u{b2}\
            αβγδεζηθκλμνξπρστφχψωΓΔΘΛΞΠΣΦΨΩħ√∞∂∫∑≈≠≤≥→↑↓←↔°µÅ";
        for character in signs.chars() {
            for slanted in [false, true] {
                assert_ne!(fonts.glyph(character, slanted).id, 0, "{character}");
            }
        }
        assert_eq!(fonts.glyph('\u{1F980}', false).id, 0);
    }
}
