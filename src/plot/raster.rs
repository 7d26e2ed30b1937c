//! The document as pixels.
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::PlotError;

/// Pixels per px.
const SCALE: f64 = 2.0;
const MAX_PIXELS: usize = 16_384;

pub(super) fn png(svg: &str) -> Result<Vec<u8>, PlotError> {
    let tree = Tree::from_str(svg, &Options::default())
        .map_err(|error| PlotError::Draw(error.to_string()))?;
    let side = |length: f32| (SCALE * f64::from(length)).ceil();
    let (width, height) = (side(tree.size().width()), side(tree.size().height()));
    let needed = width.max(height) as usize;
    if MAX_PIXELS < needed {
        return Err(PlotError::TooLarge { what: "pixels a side", needed, limit: MAX_PIXELS });
    }
    let mut pixels = Pixmap::new(width as u32, height as u32)
        .ok_or_else(|| PlotError::Draw("empty picture".into()))?;
    pixels.fill(Color::WHITE);
    let scale = Transform::from_scale(SCALE as f32, SCALE as f32);
    resvg::render(&tree, scale, &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| PlotError::Draw(error.to_string()))
}
