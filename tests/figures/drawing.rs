//! What is drawn: well-formed, complete, the same bytes each time, whatever the data are.
use crate::made;
use edgestate::figures::{Settings, all};
use edgestate::plot::{
    Along, Axis, Color, Colors, Dash, Draw, Figure, Map, Marker, Panel, PlotError, Reference,
    Scale, Series,
};
use edgestate::stop::Never;
use proptest::prelude::*;
use proptest::sample::select;
use resvg::tiny_skia::Pixmap;
use resvg::usvg::roxmltree::Document;

/// Width and height of a document that parses, in px.
#[track_caller]
fn size(svg: &str) -> (u32, u32) {
    let document = Document::parse(svg).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "svg");
    for node in document.descendants() {
        for attribute in node.attributes() {
            let text = attribute.value();
            let is_name = attribute.name() == "aria-label";
            assert!(is_name || !(text.contains("NaN") || text.contains("inf")), "{text}");
        }
    }
    let length = |name: &str| root.attribute(name).unwrap().parse().unwrap();
    (length("width"), length("height"))
}

/// Every figure of the registry: two pixels a px, ink but not only ink, several colours.
#[test]
fn every_figure_is_drawn() {
    for spec in all() {
        let figure = made(&spec);
        let svg = figure.svg().unwrap();
        let (width, height) = size(&svg);
        let pixels = Pixmap::decode_png(&figure.png().unwrap()).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (2 * width, 2 * height), "{}", spec.name);
        let colors: Vec<_> =
            pixels.pixels().iter().map(|p| (p.red(), p.green(), p.blue())).collect();
        let ink = colors.iter().filter(|color| **color != (255, 255, 255)).count();
        let share = ink as f64 / colors.len() as f64;
        assert!((0.01..0.8).contains(&share), "{}: {share}", spec.name);
        let colored = colors.iter().filter(|(r, g, b)| r != g || g != b).count();
        assert!(500 < colored, "{}: {colored} pixels in colour", spec.name);
        assert!(!figure.caption.is_empty() && !figure.panels.is_empty());
        let json: serde_json::Value = serde_json::from_str(&figure.json("test").unwrap()).unwrap();
        assert_eq!(json["figure"]["name"], spec.name);
    }
}

/// Runs of the NRG are not made twice here: that they repeat bit for bit, in any company, is shown by
/// `tests/nrg/symmetry.rs`.
const RUNS: [&str; 7] = [
    "fig3-scan",
    "fig4-spectra",
    "fig5-rescaled",
    "fig6-spectra-far",
    "fig7-rescaled-far",
    "fig8-distance",
    "fig11-wide-band",
];

/// The same figure gives the same bytes, also when it is computed again.
#[test]
fn the_same_bytes_twice() {
    for spec in all() {
        let make = || spec.make(&Settings { quick: true }, &Never).unwrap();
        let first = made(&spec);
        let second = if RUNS.contains(&spec.name) { first.clone() } else { make() };
        assert_eq!(first.svg().unwrap(), second.svg().unwrap(), "{}", spec.name);
        assert_eq!(first.csv("1").unwrap(), second.csv("1").unwrap());
        if spec.name.starts_with("conductance") {
            assert_eq!(first.png().unwrap(), second.png().unwrap());
        }
    }
}

/// Every label is in the document under its name, and no sign is missing from the font.
#[test]
fn labels_are_there() {
    for spec in all() {
        let figure = made(&spec);
        let svg = figure.svg().unwrap();
        assert!(!svg.contains("\"#u0\"") && !svg.contains("\"#s0\""), "{}", spec.name);
        let document = Document::parse(&svg).unwrap();
        let names: Vec<&str> =
            document.descendants().filter_map(|node| node.attribute("aria-label")).collect();
        for series in figure.panels.iter().flat_map(|panel| &panel.series) {
            let label = series.label.replace(['*', '{', '}'], "");
            if series.listed && !label.is_empty() {
                assert!(names.contains(&label.as_str()), "{}: {label} of {names:?}", spec.name);
            }
        }
    }
}

#[test]
fn data_that_make_no_sense_are_refused() {
    let panel = || Panel::new(Axis::linear("x", ""), Axis::linear("y", ""));
    let field = |panel: Panel| match Figure::new("f", "", "").with(panel).svg() {
        Err(PlotError::Invalid(invalid)) => invalid.field,
        other => panic!("{other:?}"),
    };
    assert_eq!(field(panel().with(Series::line("a", &[1.0], &[]))), "panels[0].series[0].y");
    let mut band = Series::band("a", &[1.0], &[1.0], &[2.0]);
    band.upper.push(3.0);
    assert_eq!(field(panel().with(band)), "panels[0].series[0].upper");
    let map = |x: &[f64], values: usize| Map::new("m", "", x, &[0.0], vec![0.0; values]);
    assert_eq!(field(panel().map(map(&[0.0, 0.0], 2))), "panels[0].map.x");
    assert_eq!(field(panel().map(map(&[0.0, 1.0], 3))), "panels[0].map.values");
    let limited = |low, high| Panel::new(Axis::log("x", "").limits(low, high), Axis::log("", ""));
    for (low, high) in [(0.0, 1.0), (2.0, 1.0), (1.0, f64::NAN)] {
        assert_eq!(field(limited(low, high)), "panels[0].x.limits");
    }
    assert_eq!(field(panel().title(&"t".repeat(401))), "panels[0].title");
    let mut many = Figure::new("f", "", "");
    many.panels = vec![panel(); 65];
    assert!(matches!(many.svg(), Err(PlotError::TooLarge { needed: 65, limit: 64, .. })));
}

/// Labels are text, never markup of the document.
#[test]
fn labels_cannot_break_the_document() {
    let nasty = "</g><script>&\"'\u{0}\u{1b}*_{^{\u{fffe}";
    let panel = Panel::new(Axis::linear(nasty, nasty), Axis::log(nasty, ""))
        .title(nasty)
        .legend_title(nasty)
        .with(Series::line(nasty, &[1.0, 2.0], &[1.0, 2.0]))
        .vertical(1.5, nasty)
        .map(Map::new(nasty, nasty, &[1.0, 2.0], &[1.0, 2.0], vec![1.0; 4]));
    let figure = Figure::new("f", nasty, nasty).with(panel);
    size(&figure.svg().unwrap());
    figure.png().unwrap();
}

/// Ordinary numbers and everything that is not: huge, tiny, subnormal, NaN, infinite.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -10.0..10.0_f64,
        2 => any::<f64>(),
        1 => select(vec![
            0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN,
            f64::MIN_POSITIVE, 5e-324, 1e300, -1e-300, 1.0, 1.0 + f64::EPSILON,
        ]),
    ]
}

fn axis() -> impl Strategy<Value = Axis> {
    let scale = select(vec![Scale::Linear, Scale::Log]);
    let limits = prop::option::of((1e-9..1.0_f64, 1.0..1e9_f64).prop_map(|(a, b)| [a, b]));
    (scale, limits).prop_map(|(scale, limits)| Axis {
        label: "*q*_{i}^{2}".into(),
        unit: "nm".into(),
        scale,
        limits,
    })
}

fn series() -> impl Strategy<Value = Series> {
    let draws = vec![Draw::Line, Draw::Points, Draw::LinePoints, Draw::Steps, Draw::Band];
    let dashes = vec![Dash::Solid, Dash::Dashed, Dash::Dotted, Dash::DashDot];
    let markers =
        vec![Marker::Circle, Marker::Square, Marker::Triangle, Marker::Diamond, Marker::Cross];
    let points = prop::collection::vec((number(), number(), number()), 0..12);
    let kinds = (select(draws), select(dashes), select(markers));
    (kinds, any::<bool>(), points).prop_map(|((draw, dash, marker), listed, points)| Series {
        label: if listed { "label".into() } else { String::new() },
        listed,
        draw,
        color: Color::Auto,
        dash,
        marker,
        x: points.iter().map(|p| p.0).collect(),
        y: points.iter().map(|p| p.1).collect(),
        upper: match draw {
            Draw::Band => points.iter().map(|p| p.2).collect(),
            _ => Vec::new(),
        },
    })
}

fn map() -> impl Strategy<Value = Map> {
    let centres = |count| {
        prop::collection::vec(number().prop_filter("finite", |v| v.is_finite()), count).prop_map(
            |mut centres: Vec<f64>| {
                centres.sort_by(f64::total_cmp);
                centres.dedup();
                centres
            },
        )
    };
    let colors = select(vec![Colors::Sequential, Colors::Diverging]);
    let values = prop::collection::vec(number(), 25);
    (centres(0..5), centres(0..5), colors, any::<bool>(), values).prop_map(
        |(x, y, colors, log, values)| {
            let cells = x.len() * y.len();
            let map = Map::new("m", "", &x, &y, values[..cells].to_vec());
            let map = if log { map.log() } else { map };
            Map { colors, ..map }
        },
    )
}

fn panel() -> impl Strategy<Value = Panel> {
    let references = prop::collection::vec((any::<bool>(), number()), 0..3);
    let lines = prop::collection::vec(series(), 0..4);
    (axis(), axis(), lines, prop::option::of(map()), references).prop_map(
        |(x, y, series, map, references)| {
            let reference = |(vertical, value): (bool, f64)| Reference {
                along: if vertical { Along::Vertical } else { Along::Horizontal },
                value,
                label: "here".into(),
            };
            let references = references.into_iter().map(reference).collect();
            Panel { series, map, references, ..Panel::new(x, y) }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever the numbers, there is a picture, and the table has every point.
    #[test]
    fn any_data_are_drawn(panels in prop::collection::vec(panel(), 0..3), columns in 0..4_usize) {
        let mut figure = Figure::new("any", "Any", "anything").columns(columns);
        figure.panels = panels;
        let svg = figure.svg().unwrap();
        let (width, height) = size(&svg);
        prop_assert!(width < 4000 && height < 4000);
        let points: usize = figure.panels.iter().map(|panel| {
            panel.series.iter().map(|one| one.x.len()).sum::<usize>()
                + panel.map.as_ref().map_or(0, |map| map.values.len())
        }).sum();
        let table = crate::table::Table::parse(&figure.csv("1").unwrap());
        prop_assert_eq!(table.rows.len(), points);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_data_make_pixels(panel in panel()) {
        let figure = Figure::new("any", "Any", "anything").with(panel);
        let (width, height) = size(&figure.svg().unwrap());
        let pixels = Pixmap::decode_png(&figure.png().unwrap()).unwrap();
        prop_assert_eq!((pixels.width(), pixels.height()), (2 * width, 2 * height));
    }
}
