//! Colours that a colour-blind reader can tell apart.
use super::figure::{Color, Colors};

pub(super) type Rgb = [u8; 3];

pub(super) const BLACK: Rgb = [0, 0, 0];
pub(super) const GRAY: Rgb = [120, 120, 120];
/// Of cells without a value.
pub(super) const MISSING: Rgb = [222, 222, 222];

/// Okabe and Ito's colours, the yellow left out (too light for lines), darkest contrasts first.
const PALETTE: [Rgb; 7] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [230, 159, 0],
    [86, 180, 233],
    [0, 0, 0],
];

/// Stops of viridis at equal distances.
const SEQUENTIAL: [Rgb; 11] = [
    [68, 1, 84],
    [72, 36, 117],
    [65, 68, 135],
    [53, 95, 141],
    [42, 120, 142],
    [33, 145, 140],
    [34, 168, 132],
    [68, 191, 112],
    [122, 209, 81],
    [189, 223, 38],
    [253, 231, 37],
];

/// Blue, white, red, of equal lightness on both sides.
const DIVERGING: [Rgb; 9] = [
    [33, 64, 134],
    [64, 119, 185],
    [130, 177, 216],
    [199, 220, 237],
    [247, 247, 247],
    [248, 212, 194],
    [232, 155, 122],
    [200, 84, 71],
    [140, 27, 43],
];

/// `auto` is the place among the series that leave the choice open.
pub(super) fn of(color: Color, auto: usize) -> Rgb {
    match color {
        Color::Auto => PALETTE[auto % PALETTE.len()],
        Color::Palette(index) => PALETTE[index % PALETTE.len()],
        Color::Black => BLACK,
        Color::Gray => GRAY,
    }
}

/// Colour of a share of the scale, 0 to 1, in 256 steps; anything else is cut off there.
pub(super) fn at(colors: Colors, share: f64) -> Rgb {
    let stops: &[Rgb] = match colors {
        Colors::Sequential => &SEQUENTIAL,
        Colors::Diverging => &DIVERGING,
    };
    let step = (share.clamp(0.0, 1.0) * 255.0).round() / 255.0;
    let place = step * (stops.len() - 1) as f64;
    let below = (place as usize).min(stops.len() - 2);
    let part = place - below as f64;
    std::array::from_fn(|channel| {
        let (a, b) = (f64::from(stops[below][channel]), f64::from(stops[below + 1][channel]));
        (a + part * (b - a)).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_begin_and_end_at_their_stops() {
        assert_eq!(at(Colors::Sequential, -3.0), SEQUENTIAL[0]);
        assert_eq!(at(Colors::Sequential, 7.0), SEQUENTIAL[10]);
        assert_eq!(at(Colors::Diverging, 0.0), DIVERGING[0]);
    }

    /// Relative luminance grows all along viridis: it can be read in grey.
    #[test]
    fn the_sequential_scale_grows_in_lightness() {
        let light = |rgb: Rgb| {
            0.2126 * f64::from(rgb[0]) + 0.7152 * f64::from(rgb[1]) + 0.0722 * f64::from(rgb[2])
        };
        let shades: Vec<f64> =
            (0..=10).map(|i| light(at(Colors::Sequential, f64::from(i) / 10.0))).collect();
        assert!(shades.windows(2).all(|pair| pair[0] < pair[1]), "{shades:?}");
    }
}
