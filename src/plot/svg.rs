//! The document: shapes and text written as SVG, in the order in which they are drawn.
use std::collections::BTreeSet;
use std::fmt::Write;

use super::color::Rgb;
use super::figure::Dash;
use super::font::{Fonts, Glyph};
use super::text::{Line, set, unmarked};

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Size in px, place, and whether it reads upwards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Set {
    pub size: f64,
    pub anchor: Anchor,
    pub upwards: bool,
    pub color: Rgb,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Stroke {
    pub color: Rgb,
    pub width: f64,
    pub dash: Dash,
}

/// A rectangle in px, y downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Area {
    pub fn right(&self) -> f64 {
        self.left + self.width
    }

    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    pub fn grown(&self, by: f64) -> Self {
        Self {
            left: self.left - by,
            top: self.top - by,
            width: self.width + 2.0 * by,
            height: self.height + 2.0 * by,
        }
    }

    pub fn holds(&self, x: f64, y: f64) -> bool {
        self.left <= x && x <= self.right() && self.top <= y && y <= self.bottom()
    }
}

/// A document that is being drawn.
pub(super) struct Canvas<'a> {
    fonts: &'a Fonts,
    body: String,
    clips: String,
    clip_count: usize,
    used: BTreeSet<Glyph>,
}

impl<'a> Canvas<'a> {
    pub fn new(fonts: &'a Fonts) -> Self {
        let (body, clips) = (String::new(), String::new());
        Self { fonts, body, clips, clip_count: 0, used: BTreeSet::new() }
    }

    /// Width of a label of this size, px.
    pub fn width(&self, label: &str, size: f64) -> f64 {
        set(self.fonts, label).width * size
    }

    // Writing to a string cannot fail.
    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = self.body.write_fmt(text);
        self.body.push('\n');
    }

    pub fn rectangle(&mut self, area: Area, fill: Rgb, opacity: f64) {
        let [x, y, w, h] = [area.left, area.top, area.width, area.height].map(px);
        let opacity =
            if opacity < 1.0 { format!(r#" fill-opacity="{opacity}""#) } else { String::new() };
        self.put(format_args!(
            r#"<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{}"{opacity}/>"#,
            hex(fill)
        ));
    }

    /// Cells that touch: edges are not smoothed, which would show as a grid of lines.
    pub fn cell(&mut self, area: Area, fill: Rgb) {
        // Corners, not lengths: neighbours round to the same edge.
        let [x, y, right, bottom] = [area.left, area.top, area.right(), area.bottom()].map(px);
        let color = hex(fill);
        self.put(format_args!(r#"<path d="M{x} {y}H{right}V{bottom}H{x}Z" fill="{color}"/>"#));
    }

    pub fn outline(&mut self, area: Area, stroke: Stroke) {
        let corners = [
            (area.left, area.top),
            (area.right(), area.top),
            (area.right(), area.bottom()),
            (area.left, area.bottom()),
            (area.left, area.top),
        ];
        self.lines(&[&corners], stroke);
    }

    /// Polylines in one path.
    pub fn lines(&mut self, pieces: &[&[(f64, f64)]], stroke: Stroke) {
        let path = path(pieces, false);
        if path.is_empty() {
            return;
        }
        let dash = dashes(stroke.dash, stroke.width);
        self.put(format_args!(
            r#"<path d="{path}" fill="none" stroke="{}" stroke-width="{}" stroke-linejoin="round"{dash}/>"#,
            hex(stroke.color),
            px(stroke.width)
        ));
    }

    pub fn polygons(&mut self, pieces: &[&[(f64, f64)]], fill: Rgb, opacity: f64) {
        let path = path(pieces, true);
        if !path.is_empty() {
            self.put(format_args!(
                r#"<path d="{path}" fill="{}" fill-opacity="{opacity}"/>"#,
                hex(fill)
            ));
        }
    }

    pub fn disc(&mut self, x: f64, y: f64, radius: f64, fill: Rgb) {
        let [x, y, r] = [x, y, radius].map(px);
        self.put(format_args!(r#"<circle cx="{x}" cy="{y}" r="{r}" fill="{}"/>"#, hex(fill)));
    }

    /// Draws what follows inside `area` only, until [`Self::close`].
    pub fn open_clip(&mut self, area: Area) {
        let id = self.clip_count;
        self.clip_count += 1;
        let [x, y, w, h] = [area.left, area.top, area.width, area.height].map(px);
        let _ = writeln!(
            self.clips,
            r#"<clipPath id="c{id}"><rect x="{x}" y="{y}" width="{w}" height="{h}"/></clipPath>"#
        );
        self.put(format_args!(r#"<g clip-path="url(#c{id})">"#));
    }

    /// Edges of what follows are not smoothed, until [`Self::close`].
    pub fn open_crisp(&mut self) {
        self.put(format_args!(r#"<g shape-rendering="crispEdges">"#));
    }

    pub fn close(&mut self) {
        self.put(format_args!("</g>"));
    }

    /// A label with its base line at (x, y).
    pub fn text(&mut self, x: f64, y: f64, label: &str, how: Set) {
        let line = set(self.fonts, label);
        if line.glyphs.is_empty() {
            return;
        }
        let shift = match how.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -0.5 * line.width,
            Anchor::End => -line.width,
        };
        let turn = if how.upwards { " rotate(-90)" } else { "" };
        let (x, y) = (px(x), px(y));
        let name = escape(&unmarked(label));
        self.put(format_args!(
            r#"<g role="img" aria-label="{name}" fill="{}" transform="translate({x} {y}){turn}">"#,
            hex(how.color)
        ));
        self.glyphs(&line, shift, how.size);
        self.close();
    }

    /// Runs of glyphs of one size and height share a group in font units.
    fn glyphs(&mut self, line: &Line, shift: f64, size: f64) {
        let mut open: Option<(f64, f64)> = None;
        for placed in &line.glyphs {
            let units = self.fonts.units(placed.glyph.slanted);
            if open != Some((placed.y, placed.size)) {
                if open.is_some() {
                    self.body.push_str("</g>");
                }
                let scale = size * placed.size / units;
                let height = px(-placed.y * size);
                let _ =
                    write!(self.body, r#"<g transform="translate(0 {height}) scale({scale:.6})">"#);
                open = Some((placed.y, placed.size));
            }
            let at = (placed.x + shift) / placed.size * units;
            let _ = write!(self.body, r##"<use xlink:href="#{}" x="{at:.0}"/>"##, id(placed.glyph));
            self.used.insert(placed.glyph);
        }
        self.body.push_str("</g>\n");
    }

    /// The whole document on white.
    pub fn finish(self, width: f64, height: f64, title: &str, description: &str) -> String {
        let (w, h) = (px(width.ceil()), px(height.ceil()));
        let mut glyphs = String::new();
        for glyph in &self.used {
            let outline = self.fonts.outline(*glyph);
            let _ = writeln!(glyphs, r#"<path id="{}" d="{outline}"/>"#, id(*glyph));
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
             width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\">\n\
             <title>{}</title>\n<desc>{}</desc>\n<defs>\n{glyphs}{}</defs>\n\
             <rect width=\"{w}\" height=\"{h}\" fill=\"#ffffff\"/>\n{}</svg>\n",
            escape(&unmarked(title)),
            escape(&unmarked(description)),
            self.clips,
            self.body
        )
    }
}

fn id(glyph: Glyph) -> String {
    format!("{}{}", if glyph.slanted { 's' } else { 'u' }, glyph.id)
}

fn path(pieces: &[&[(f64, f64)]], closed: bool) -> String {
    let mut path = String::new();
    for piece in pieces.iter().filter(|piece| 1 < piece.len()) {
        for (index, (x, y)) in piece.iter().enumerate() {
            let command = if index == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{command}{} {}", px(*x), px(*y));
        }
        if closed {
            path.push('Z');
        }
    }
    path
}

fn dashes(dash: Dash, width: f64) -> String {
    let pattern: &[f64] = match dash {
        Dash::Solid => return String::new(),
        Dash::Dashed => &[4.5, 2.5],
        Dash::Dotted => &[1.2, 1.8],
        Dash::DashDot => &[5.0, 2.0, 1.2, 2.0],
    };
    let lengths: Vec<String> = pattern.iter().map(|part| px(part * width.max(1.0))).collect();
    format!(r#" stroke-dasharray="{}""#, lengths.join(" "))
}

/// A length with two decimals, without trailing zeros; what is not finite is 0.
fn px(value: f64) -> String {
    let rounded = if value.is_finite() { (value * 100.0).round() / 100.0 + 0.0 } else { 0.0 };
    format!("{rounded}")
}

fn hex(color: Rgb) -> String {
    format!("#{:02x}{:02x}{:02x}", color[0], color[1], color[2])
}

/// Text that is safe between tags and in quotes.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // No XML document may hold these two.
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            character => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_short_and_finite() {
        for (value, expected) in
            [(1.0, "1"), (0.126, "0.13"), (-0.001, "0"), (f64::NAN, "0"), (1e5, "100000")]
        {
            assert_eq!(px(value), expected);
        }
    }

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(escape("a<b> & \"c\"\u{ffff}"), "a&lt;b&gt; &amp; &quot;c&quot;\u{fffd}");
    }

    /// A glyph's outline is written once however often it is used.
    #[test]
    fn outlines_are_shared() {
        let fonts = Fonts::new().unwrap();
        let mut canvas = Canvas::new(&fonts);
        let how = Set { size: 10.0, anchor: Anchor::Start, upwards: false, color: [0; 3] };
        canvas.text(0.0, 0.0, "aaaa", how);
        let text = canvas.finish(10.0, 10.0, "", "");
        assert_eq!(text.matches("<path id=").count(), 1);
        assert_eq!(text.matches("<use ").count(), 4);
    }
}
