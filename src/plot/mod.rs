//! Figures: plain data in, SVG, PNG, CSV and JSON out. The only place that draws.
//!
//! [`Figure`] (data) -> `layout` (where panels go) -> `panel`, `marks`, `heat`, `notes`, `legend`
//! (what is drawn) -> `svg` (the document) -> `raster` (the same document as pixels). Text is drawn as
//! outlines of the embedded font, so that a figure looks the same on every machine; the same
//! figure gives the same bytes. No I/O.
mod color;
mod figure;
mod font;
mod heat;
mod layout;
mod legend;
mod marks;
mod notes;
mod panel;
mod raster;
mod scale;
mod svg;
mod table;
mod text;
mod ticks;

pub use figure::{
    Along, Axis, Color, Colors, Dash, Draw, Figure, Map, Marker, Panel, Reference, Scale, Series,
};

use crate::invalid::Invalid;

/// Why a figure could not be drawn.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("{needed} {what}, the limit is {limit}")]
    TooLarge { what: &'static str, needed: usize, limit: usize },
    /// The embedded font or the rasterizer refused; a defect of this program.
    #[error("drawing failed: {0}")]
    Draw(String),
}

impl Figure {
    /// The figure as an SVG document, lengths in px.
    ///
    /// # Errors
    /// As [`Figure::check`].
    pub fn svg(&self) -> Result<String, PlotError> {
        self.check()?;
        layout::draw(self)
    }

    /// The same as PNG, two pixels per px.
    ///
    /// # Errors
    /// As [`Figure::check`]; `TooLarge` above 16,384 pixels a side.
    pub fn png(&self) -> Result<Vec<u8>, PlotError> {
        raster::png(&self.svg()?)
    }

    /// All values as a table: comments with `#`, then one row per point or map cell. `version` is
    /// the program's.
    ///
    /// # Errors
    /// As [`Figure::check`].
    pub fn csv(&self, version: &str) -> Result<String, PlotError> {
        self.check()?;
        Ok(table::csv(self, version))
    }

    /// The whole figure as JSON; what is not finite is null.
    ///
    /// # Errors
    /// As [`Figure::check`].
    pub fn json(&self, version: &str) -> Result<String, PlotError> {
        self.check()?;
        table::json(self, version)
    }
}
