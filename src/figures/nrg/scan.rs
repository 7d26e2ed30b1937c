//! Fig. 3: static correlator, flow and spectra over energy and J_z, a row a distance.
use super::energy_axis;
use super::request::{Points, Request, value, values};
use crate::engine::Answer;
use crate::figures::{FigureError, Settings, captioned};
use crate::nrg::{edge, scaling};
use crate::plot::{Axis, Color, Figure, Map, Panel, Series};
use crate::stop::Stop;

const DISTANCE: &str = "model.distance";
const COUPLING_Z: &str = "model.coupling_z";

/// A run of seconds: one z, few states, right to a few percent at x = 10 and z = 0.
pub(super) fn cheap(request: &mut Request) {
    request.set_list("discretization.z", &[0.0]);
    request.set("truncation.energy", 5.0);
    request.set_list("truncation.max_states", &[600.0, 600.0, 600.0, 600.0, 300.0]);
    request.set_list("run.temperature", &[1e-6]);
}

pub(super) fn figure(settings: &Settings, stop: &dyn Stop) -> Result<Figure, FigureError> {
    let mut request = Request::read(include_str!("../../../examples/figures/fig3_scan.toml"))?;
    if settings.quick {
        cheap(&mut request);
        request.set_list("run.temperature", &[1e-6, 1e-4, 1e-2]);
        request.set("spectra.low", 1e-6);
        request.set_axis(DISTANCE, &[10.0]);
        request.set_axis(COUPLING_Z, &[0.0, 0.1]);
    }
    let points = request.points(stop)?;
    let coupling = request.number("model.coupling");
    let caption = "J = 0.1; a row for each distance, J_z/J upwards. Static correlator over \
                   temperature; weight of the sector (Q; S_z) = (0; 0) and of (0; 1), which equals \
                   (0; -1), at beta_n = 4/omega_n for odd shells at the first z; spectra of the \
                   lowest temperature, average over z, with T_S = 1/(4 |chi|) (34). Lines: E_x (33), \
                   E_R (20b), T_K (B4, B5).";
    let mut figure = captioned(caption).columns(COLUMNS).parameter("J", coupling);
    for &distance in request.axis(DISTANCE) {
        let row: Points = points.iter().filter(|(at, _)| at[0] == distance).cloned().collect();
        for panel in panels(&row, coupling, distance) {
            figure = figure.with(marked(panel, &row, coupling, distance));
        }
    }
    Ok(figure)
}

const COLUMNS: usize = 6;

/// Name, array of the spectrum, array of the scale.
const SPECTRA: [(&str, &str, &str); 3] = [
    ("*A* transverse intra", "spectrum_transverse_intra", "t_s_transverse_intra"),
    ("*A* transverse inter", "spectrum_transverse_inter", "t_s_transverse_inter"),
    ("*A* longitudinal inter", "spectrum_longitudinal_inter", "t_s_longitudinal_inter"),
];

fn ratios(row: &Points, coupling: f64) -> Vec<f64> {
    row.iter().map(|(at, _)| at[1] / coupling).collect()
}

fn panels(row: &Points, coupling: f64, distance: f64) -> Vec<Panel> {
    let mut panels = vec![
        statics(row, coupling),
        weights(row, coupling, "shell_weight_q0_sz0", "(0; 0)"),
        weights(row, coupling, "shell_weight_q0_sz1", "(0; 1)"),
    ];
    panels.extend(SPECTRA.into_iter().map(|names| spectrum(row, coupling, names)));
    if let Some(first) = panels.first_mut() {
        first.title = format!("*x* = {distance}: {}", first.title);
    }
    panels
}

fn plane(label: &str, title: &str, map: Map) -> Panel {
    let y = Axis::linear("*J*_{z}/*J*", "").limits(0.0, 1.0);
    Panel::new(energy_axis(label), y).title(title).map(map)
}

/// `columns[i]` belongs to the i-th J_z; the map wants x slowest.
fn turned(columns: &[Vec<f64>], length: usize) -> Vec<f64> {
    let at = |x: usize| columns.iter().map(move |column| column.get(x).copied());
    (0..length).flat_map(at).map(|value| value.unwrap_or(f64::NAN)).collect()
}

/// Places in ascending order of `x`.
fn ascending(x: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|&i, &j| x[i].total_cmp(&x[j]));
    order
}

fn statics(row: &Points, coupling: f64) -> Panel {
    let temperatures = row.first().map_or(&[][..], |(_, answer)| values(answer, "temperature"));
    let order = ascending(temperatures);
    let sorted = |list: &[f64]| -> Vec<f64> { order.iter().map(|&i| list[i]).collect() };
    let columns: Vec<Vec<f64>> =
        row.iter().map(|(_, answer)| sorted(values(answer, "sz_sz"))).collect();
    let cells = turned(&columns, order.len());
    let map = Map::new("", "", &sorted(temperatures), &ratios(row, coupling), cells);
    plane("*T*", "<*S*_{L}^{z} *S*_{R}^{z}>", map.diverging().limits(-0.25, 0.25))
}

fn weights(row: &Points, coupling: f64, name: &str, title: &str) -> Panel {
    let shells = row.first().map_or(0, |(_, answer)| values(answer, "shell").len());
    let of = |answer: &Answer, name: &str| -> Vec<f64> {
        // The first z; odd shells; from low energies to high ones.
        let first = values(answer, name).iter().take(shells);
        first.copied().skip(1).step_by(2).filter(|value| !value.is_nan()).collect()
    };
    let reversed = |mut list: Vec<f64>| {
        list.reverse();
        list
    };
    let omega = row.first().map_or_else(Vec::new, |(_, a)| reversed(of(a, "shell_omega")));
    let columns: Vec<Vec<f64>> = row.iter().map(|(_, answer)| reversed(of(answer, name))).collect();
    let cells = turned(&columns, omega.len());
    let map = Map::new("", "", &omega, &ratios(row, coupling), cells);
    plane("*ω*_{n}", &format!("weight {title}"), map.limits(0.0, 1.0))
}

fn spectrum(row: &Points, coupling: f64, (title, name, scale): (&str, &str, &str)) -> Panel {
    let frequencies = row.first().map_or(&[][..], |(_, answer)| values(answer, "frequency"));
    let first = frequencies.partition_point(|&w| w <= 0.0);
    let columns: Vec<Vec<f64>> =
        row.iter().map(|(_, answer)| values(answer, name)[first..].to_vec()).collect();
    let cells = turned(&columns, frequencies.len() - first);
    let largest = cells.iter().copied().fold(0.0, |most: f64, a| most.max(a.abs()));
    let map = Map::new("", "1/*D*", &frequencies[first..], &ratios(row, coupling), cells);
    let t_s: Vec<f64> =
        row.iter().map(|(_, answer)| value_at_lowest(answer, scale).abs()).collect();
    let line = Series::line_points("*T*_{S}", &t_s, &ratios(row, coupling));
    plane("*ω*", &format!("{title}, max {largest:.0}"), map.diverging()).with(line)
}

/// The statics' value at the lowest temperature.
fn value_at_lowest(answer: &Answer, name: &str) -> f64 {
    let order = ascending(values(answer, "temperature"));
    let list = values(answer, name);
    order.first().and_then(|&i| list.get(i)).copied().unwrap_or_else(|| value(answer, name))
}

fn marked(panel: Panel, row: &Points, coupling: f64, distance: f64) -> Panel {
    let energy = edge::rkky_energy(coupling, distance);
    // T_K is of no importance below E_R.
    let kondo: Vec<f64> = row
        .iter()
        .map(|(at, _)| scaling::kondo_temperature(coupling, at[1]))
        .map(|scale| if energy < scale { scale } else { f64::NAN })
        .collect();
    panel
        .vertical(edge::coherence_energy(distance), "*E*_{x}")
        .vertical(energy, "*E*_{R}")
        .with(Series::line("*T*_{K}", &kondo, &ratios(row, coupling)).color(Color::Black))
}
