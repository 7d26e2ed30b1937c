//! Error bars of the engine "nrg": a second run of each z, put together with the first on reading.
use std::collections::HashSet;

use edgestate::jobs::document::RawDocument;
use edgestate::jobs::key::Key;
use edgestate::jobs::planner::runs_of;
use edgestate::jobs::results::{Point, Results, Tensor, tensors, to_json};
use edgestate::jobs::single::{Limits, answer};
use edgestate::linalg::cpu::Cpu;
use edgestate::stop::Never;

const LIMITS: Limits = Limits { core_seconds: 1e3, memory_bytes: 4 << 30, result_bytes: 1 << 26 };

/// x = 2, two z and two temperatures; few states, so that the cut matters.
fn raw(truncation: &str, run: &str) -> RawDocument {
    RawDocument::from_toml(&text(truncation, run)).unwrap()
}

fn text(truncation: &str, run: &str) -> String {
    format!(
        "engine = \"nrg\"\n[model]\nkind = \"two-impurity-helical-kondo\"\ncoupling = 0.2\n\
         coupling_z = 0.05\ndistance = 2\n[discretization]\nz = [0.0, 0.5]\n\
         [truncation]\n{truncation}\n[run]\ntemperature = [0.1, 0.01]\nshells = 5\n{run}"
    )
}

const FULL: &str = "energy = 4.0\nmax_states = [200, 100]";
const LOWERED: &str = "energy = 3.2\nmax_states = [160, 80]";

fn results(raw: RawDocument) -> Results {
    answer(raw, &LIMITS, &Cpu::new(Some(1)).unwrap(), &Never).unwrap()
}

fn keys(raw: RawDocument) -> HashSet<Key> {
    let runs = runs_of(&raw.check().unwrap(), "cpu").unwrap();
    runs.iter().flat_map(|run| run.keys.clone()).collect()
}

fn values(all: &[Tensor], name: &str) -> Vec<f64> {
    let tensor = all.iter().find(|tensor| tensor.name == name);
    tensor.unwrap_or_else(|| panic!("no {name}")).values.real().to_vec()
}

/// The units of a request with error bars are those of two requests without: what one has computed is
/// not computed for the other. Whether there are error bars is in the keys, since the cut is.
#[test]
fn the_second_runs_are_ordinary_runs() {
    let barred = raw(FULL, "error_bars = true");
    assert_eq!(RawDocument::from_toml(&barred.to_toml()).unwrap(), barred);
    let (full, lowered) = (keys(raw(FULL, "")), keys(raw(LOWERED, "error_bars = false")));
    assert!(full.is_disjoint(&lowered));
    assert_eq!(keys(barred.clone()), full.union(&lowered).copied().collect());
    let document = barred.check().unwrap();
    assert_eq!((document.points(), document.units(), document.groups()), (2, 8, 1));
    assert_eq!(document.group(0).unwrap().results(), 2);
}

/// Arrays `<name>_error` and `<name>_per_z_error` are the changes; the certificate has the largest;
/// everything else is as without.
#[test]
fn every_result_comes_with_its_change() {
    let (full, lowered) = (results(raw(FULL, "")), results(raw(LOWERED, "")));
    let barred = results(raw(FULL, "error_bars = true"));
    let (a, b, all) = (tensors(&full), tensors(&lowered), tensors(&barred));
    for tensor in &a {
        let found = all.iter().find(|other| other.name == tensor.name);
        assert_eq!(format!("{found:?}"), format!("{:?}", Some(tensor)));
    }
    for name in ["sz_sz", "t_s_transverse_intra", "chi_longitudinal_inter", "entropy"] {
        for suffix in ["", "_per_z"] {
            let name = format!("{name}{suffix}");
            let bars = values(&all, &format!("{name}_error"));
            let changes = values(&a, &name).into_iter().zip(values(&b, &name));
            assert_eq!(bars, changes.map(|(a, b)| (b - a).abs()).collect::<Vec<_>>(), "{name}");
        }
        let bars = values(&all, &format!("{name}_error"));
        assert!(bars.iter().any(|bar| 0.0 < *bar), "{name}");
        let known = |(known, _): &&(String, f64)| *known == format!("{name}_error");
        let largest = barred.certificate.measures.iter().find(known).unwrap().1;
        assert_eq!(largest, bars.into_iter().fold(0.0, f64::max), "{name}");
    }
    assert!(all.iter().all(|tensor| tensor.name != "kept_max_error"));
    let is_bar = |name: &str| name.ends_with("_error") && !name.starts_with("sum_rule_error");
    assert!(a.iter().all(|tensor| !is_bar(&tensor.name)));
    let matrices = full.certificate.matrices + lowered.certificate.matrices;
    assert_eq!(barred.certificate.matrices, matrices);
    let (one, both) = (to_json(&full, 0.0), to_json(&barred, 0.0));
    assert!(one["results"][0]["errors"].is_null());
    assert!(both["results"][1]["errors"]["sz_sz"]["per_z"][1].as_f64().is_some());
}

/// The traps of a cut that nobody asked for are not reported; those of the request are.
#[test]
fn warnings_are_those_of_the_request() {
    let found = results(raw(FULL, "error_bars = true"));
    let says = |text: &str| found.certificate.warnings.iter().any(|said| said.contains(text));
    assert!(says("allows 200 states in shell 0") && !says("allows 160 states"));
    let Point::Done(summary) = &found.points[0] else { panic!() };
    let bar = summary.error("t_s_transverse_intra").unwrap();
    let value = summary.get("t_s_transverse_intra").unwrap();
    let worst = bar.per_z.iter().zip(&value.per_z).map(|(bar, t_s)| (bar / t_s).abs());
    let large = 0.15 < worst.fold(0.0, f64::max);
    assert_eq!(says("t_s_transverse_intra changes by"), large);
}

#[test]
fn a_flag_that_is_none_is_refused() {
    let refused = RawDocument::from_toml(&text(FULL, "error_bars = 1")).unwrap_err().to_string();
    assert!(refused.contains("run.error_bars") && refused.contains("true or false"), "{refused}");
}
