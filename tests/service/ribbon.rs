//! Ribbons from outside: every example through the command line, the numbers of the specification
//! (its section named) at the places where its examples have them, and what is refused.
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use edgestate::service::proto;
use serde_json::Value;

use crate::support::*;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

fn run(file: &Path) -> Output {
    let mut command = Command::new(BINARY);
    command.args(["run", "--json"]).arg(file).stdin(Stdio::null());
    command.output().unwrap()
}

fn object(file: &Path) -> Value {
    let output = run(file);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn of_text(text: &str) -> Value {
    let dir = short_dir();
    let file = dir.path().join("d.toml");
    std::fs::write(&file, text).unwrap();
    object(&file)
}

fn first(object: &Value, array: &str) -> Value {
    assert_eq!(object["results"][0]["status"], "done", "{}", object["results"][0]);
    object["results"][0][array]["values"].clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn close(value: &Value, expected: f64, absolute: f64) {
    let found = number(value);
    assert!((found - expected).abs() <= absolute, "{found} instead of {expected}");
}

#[test]
fn every_example_runs() {
    let folder = std::fs::read_dir(example("")).unwrap();
    let mut names: Vec<String> = folder
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("ribbon_") && name.ends_with(".toml"))
        .collect();
    names.sort();
    assert!(12 <= names.len(), "{names:?}");
    for name in names {
        let object = object(&example(&name));
        assert_eq!(object["engine"], "ribbon", "{name}");
        for point in object["results"].as_array().unwrap() {
            assert_eq!(point["status"], "done", "{name}: {point}");
        }
    }
}

/// Section 6: W = 200 nm, R0 = 156 meV nm, k = 0.001/nm on 199 sites and in the continuum.
#[test]
fn edge_bands_of_lattice_and_continuum() {
    let text = |method: &str| {
        format!(
            "engine = \"ribbon\"\n[calculation]\nkind = \"bands\"\n[model]\npreset = \"hgte-7nm\"\n\
             rashba_mev_nm = 156.0\n[ribbon]\nwidth_nm = 200.0\n{method}\n[momentum]\n\
             k_per_nm = 0.001\n"
        )
    };
    let lattice = of_text(&text("sites = 199"));
    let bands = first(&lattice, "energy_mev");
    let expected = [7.1018945978, 7.2138814089, 7.7405677894, 7.8943276874];
    for (band, expected) in expected.into_iter().enumerate() {
        close(&bands[0][band], expected, 1e-8);
    }
    // The estimate of the lattice's error knows the distance to the continuum.
    let error = number(&lattice["certificate"]["measures"]["lattice_error_mev"]);
    assert!((4e-4..2e-3).contains(&error), "{error}");
    assert!(number(&lattice["certificate"]["measures"]["residual_mev"]) < 1e-8);
    let note = lattice["certificate"]["notes"].to_string();
    assert!(note.contains("shift-invert") || note.contains("complete"), "{note}");
    let warnings = lattice["certificate"]["warnings"].to_string();
    assert!(warnings.contains("site spacing"), "{warnings}");
    let continuum = first(&of_text(&text("method = \"continuum\"")), "energy_mev");
    let expected = [7.10135773, 7.21358245, 7.74111697, 7.89521649];
    for (band, expected) in expected.into_iter().enumerate() {
        close(&continuum[0][band], expected, 1e-7);
    }
}

/// Sections 3 and 8: HgTe, R0 = 156, k = 0.005: two-state model and exact half plane.
#[test]
fn the_isolated_edge_both_ways() {
    let object = object(&example("ribbon_edge.toml"));
    close(&first(&object, "crossing_energy_mev"), 7.463556851312, 1e-8);
    close(&first(&object, "k0_two_state_per_nm"), 0.33253701621, 1e-9);
    let two_state = first(&object, "energy_two_state_mev");
    close(&two_state[1][0], 8.678428412397, 1e-8);
    close(&two_state[1][1], 6.248685290227, 1e-8);
    close(&first(&object, "minority_two_state")[1], 1.019705556879e-4, 1e-12);
    let exact = first(&object, "energy_exact_mev");
    close(&exact[1][0], 8.6828992, 1e-6);
    close(&exact[1][1], 6.2394004, 1e-6);
    let minority = first(&object, "minority_exact");
    close(&minority[1][0], 5.7017e-3, 5.7e-7);
    close(&minority[1][1], 1.76043e-3, 1.8e-7);
    close(&first(&object, "k0_exact_per_nm"), 0.150, 0.002);
}

/// Sections 5 and 6: gaps at R0 = 156, in the four-state model and from the full solution.
#[test]
fn gaps_over_couplings_and_widths() {
    let object = object(&example("ribbon_gap.toml"));
    let results = object["results"].as_array().unwrap();
    assert_eq!(results.len(), 9);
    for (point, four_state, full) in [(6, 1.20185642, 1.15094879), (7, 0.44933042, 0.42112306)] {
        close(&results[point]["gap_four_state_mev"]["values"], four_state, 1.3e-6);
        close(&results[point]["gap_mev"]["values"], full, 1.3e-6);
    }
    close(&results[7]["k_gap_per_nm"]["values"], 3.5669e-4, 3.6e-7);
}

/// Section 6: W* = 353.0 +- 0.5 nm for R0 = 390. Section 7: K_tot at W = 200, R0 = 15.6.
#[test]
fn interference_and_spin_rotation() {
    let object_of = |name: &str| object(&example(name));
    close(&first(&object_of("ribbon_interference.toml"), "vanishing_width_nm"), 353.0, 0.5);
    let rotation = object_of("ribbon_spin_rotation.toml");
    let point = &rotation["results"][1];
    close(&point["rotation_four_state_per_nm"]["values"], 1.21576e-7, 3e-4 * 1.2e-7);
    close(&point["k_bulk_per_nm"]["values"], 0.0100659251, 1e-9);
    close(&rotation["results"][2]["rotation_four_state_per_nm"]["values"], 3.86740e-8, 1.2e-11);
}

/// Haldane 1988, Kane and Mele 2005: edge modes cross the gap; bands are Kramers pairs.
#[test]
fn models_of_ones_own() {
    let haldane = object(&example("ribbon_haldane.toml"));
    let bands = first(&haldane, "energy_mev");
    let lines = bands.as_array().unwrap();
    // Half filling between bands 39 and 40, columns 1 and 2: chiral modes close the gap.
    let least =
        lines.iter().map(|line| number(&line[2]) - number(&line[1])).fold(f64::INFINITY, f64::min);
    assert!(least < 0.02, "{least}");
    let bulk = lines.iter().map(|line| number(&line[3]) - number(&line[0]));
    assert!(bulk.fold(f64::INFINITY, f64::min) > 0.3);
    let kane_mele = first(&object(&example("ribbon_kane_mele.toml")), "energy_mev");
    // The last phase is the first one again, and phase p is the time reverse of 2 pi - p.
    let lines = kane_mele.as_array().unwrap();
    for (line, reverse) in lines.iter().zip(lines.iter().rev()) {
        for (a, b) in line.as_array().unwrap().iter().zip(reverse.as_array().unwrap()) {
            close(a, number(b), 1e-10);
        }
    }
}

/// What is refused names its field.
#[test]
fn refusals_name_field_and_value() {
    let dir = short_dir();
    let base = "engine = \"ribbon\"\n[calculation]\nkind = \"bands\"\n";
    let hgte = "[model]\npreset = \"hgte-7nm\"\n";
    let cases = [
        (format!("{base}{hgte}[ribbon]\nwidth_nm = 200.0\nsites = 10\n[momentum]\nk_per_nm = 0.0\n"),
            "ribbon.sites = 10"),
        (format!("{base}{hgte}[ribbon]\nwidth_nm = -1.0\n[momentum]\nk_per_nm = 0.0\n"),
            "ribbon.width_nm = -1"),
        (format!("{base}{hgte}m_mev = 10.0\n[ribbon]\nwidth_nm = 200.0\n[momentum]\nk_per_nm = 0.0\n"),
            "model.m_mev = 10"),
        (format!("{base}{hgte}[ribbon]\nwidth_nm = 200.0\nsites = 199\n[momentum]\nk_per_nm = 4.0\n"),
            "momentum.k_per_nm = 4"),
        (format!("{base}[model]\npreset = \"silicon\"\n[ribbon]\nwidth_nm = 200.0\n[momentum]\nk_per_nm = 0.0\n"),
            "model.preset = \"silicon\""),
        (format!("{base}{hgte}width = 3\n[ribbon]\nwidth_nm = 200.0\n[momentum]\nk_per_nm = 0.0\n"),
            "model.width = 3"),
        ("engine = \"ribbon\"\n[calculation]\nkind = \"own-bands\"\n[blocks]\norbitals = 2\nsites = 3\n\
          onsite_real_mev = [[0, 1], [2, 0]]\n".to_owned(), "blocks.onsite"),
        ("engine = \"ribbon\"\n[calculation]\nkind = \"own-bands\"\n[blocks]\norbitals = 2\nsites = 1\n"
            .to_owned(), "blocks.sites = 1"),
        ("engine = \"ribbon\"\n[calculation]\nkind = \"waves\"\n".to_owned(),
            "calculation.kind = \"waves\""),
        (format!("{base}{hgte}[ribbon]\nwidth_nm = 200.0\n[momentum]\nk_per_nm = 0.0\n[sweep]\n\
          \"model.width\" = [1.0]\n"), "\"model.width\""),
    ];
    let many = "[states]\nselect = \"all\"\nobservables = true\n[sweep]\n\
                \"model.rashba_mev_nm\" = { from = 0.0, to = 1.0, count = 3000 }\n";
    let large = "[ribbon]\nwidth_nm = 500.0\n[momentum]\nfrom_per_nm = 0.0\nto_per_nm = 0.1\n";
    let cases = cases.into_iter().chain([(format!("{base}{hgte}{large}{many}"), "states.select")]);
    for (text, expected) in cases {
        let file = dir.path().join("d.toml");
        std::fs::write(&file, &text).unwrap();
        let output = run(&file);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{text}\n{said}");
        assert!(said.contains(expected), "{text}\n{said}");
    }
}

/// The server's answer is that of the command line, through queue, worker, store and wire.
#[tokio::test]
async fn run_agrees_with_the_server() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let model =
        proto::RibbonModel { preset: proto::RibbonPreset::Hgte7nm.into(), ..Default::default() };
    let request = proto::RibbonRequest {
        calculation: Some(proto::RibbonCalculation { kind: proto::RibbonKind::Gap.into() }),
        model: Some(model),
        ribbon: Some(proto::RibbonAcross {
            method: proto::RibbonMethod::Continuum.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let sweep = proto::Sweep {
        engine: Some(proto::sweep::Engine::Ribbon(request)),
        axes: vec![
            axis("model.rashba_mev_nm", &[15.6, 78.0, 156.0]),
            axis("ribbon.width_nm", &[150.0, 200.0, 250.0]),
        ],
        ..Default::default()
    };
    let mut client = server.jobs().await;
    let job = finished(&mut client, sweep).await;
    assert_eq!((job.engine.as_str(), job.units_done), ("ribbon", 9), "{job:?}");
    let fetched = fetch(&mut client, &job.id).await;
    let expected = object(&example("ribbon_gap.toml"));
    let gap = fetched.floats("gap_mev");
    assert_eq!(gap.len(), 9);
    for (found, point) in gap.iter().zip(expected["results"].as_array().unwrap()) {
        assert_eq!(*found, number(&point["gap_mev"]["values"]));
    }
    let tensor = fetched.tensor("gap_mev").0;
    assert_eq!(tensor.dimensions, ["model.rashba_mev_nm", "ribbon.width_nm"]);
    assert_eq!((tensor.shape.as_slice(), tensor.unit.as_str()), (&[3, 3][..], "meV"));
    assert!(!fetched.certificate.notes.is_empty(), "{:?}", fetched.certificate);
}
