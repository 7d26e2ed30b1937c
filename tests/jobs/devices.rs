//! Which device a request gets, and what the cost model says of it.
use edgestate::jobs::costs::{
    Calibration, CostModel, Plan, Problem, Sample, machine_name, measure,
};
use edgestate::jobs::device::{Offer, Wanted, choose};
use edgestate::linalg::cpu::Cpu;
use edgestate::stop::Never;

fn model(class: &str, seconds: f64) -> CostModel {
    let sample = |order: usize, batch: usize| Sample {
        complex: false,
        vectors: true,
        order,
        batch,
        // Third power of the order; a batch of 16 costs half of it a matrix.
        seconds: seconds * (order as f64).powi(3) / if batch == 16 { 2.0 } else { 1.0 },
    };
    CostModel {
        class: class.to_owned(),
        machine: machine_name(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        measured_unix_seconds: 1e9,
        upload_bytes_per_second: 1e9,
        download_bytes_per_second: 5e8,
        eigh: [(10, 1), (100, 1), (10, 16), (100, 16)].map(|(n, b)| sample(n, b)).to_vec(),
    }
}

fn problem() -> Problem {
    let blocks = vec![(40, 3)];
    Problem { complex: false, vectors: true, blocks, batch: 16, bytes_in: 0, bytes_out: 0 }
}

fn cpu() -> Offer {
    Offer { name: "cpu".into(), ..Offer::default() }
}

fn gpu(number: usize, adapter: &str) -> Offer {
    Offer { name: format!("gpu:{number}"), adapter: adapter.into(), ..Offer::default() }
}

#[test]
fn names_of_devices_are_read() {
    let read = |text: &str| Wanted::parse(text).unwrap();
    assert_eq!((read(""), read("auto")), (Wanted::Auto, Wanted::Auto));
    assert_eq!((read("cpu"), read("gpu")), (Wanted::Cpu, Wanted::AnyGpu));
    assert_eq!(read("gpu:12"), Wanted::Gpu(12));
    assert_eq!(read("gpu:Radeon RX"), Wanted::Named("radeon rx".into()));
    let long = format!("gpu:{}", "9".repeat(40));
    for text in ["CPU", "gpu:", "gpu: ", "gpu0", "cuda:0", "gpu:a\nb", &long, &"x".repeat(5000)] {
        let refused = Wanted::parse(text).unwrap_err();
        assert_eq!(refused.field, "device");
        assert!(refused.value.len() < 120, "{refused}");
        assert!(refused.expected.contains("gpu:NAME"), "{refused}");
    }
}

#[test]
fn the_device_asked_for_or_a_refusal_that_names_the_others() {
    let offers = [
        cpu(),
        gpu(0, "Radeon RX 7900"),
        Offer { software: true, ..gpu(1, "llvmpipe") },
        Offer { unusable: "no f64 in shaders".into(), ..gpu(2, "Arc A770") },
    ];
    let chosen = |text: &str| choose(&Wanted::parse(text).unwrap(), &offers, None);
    for (text, index) in [("cpu", 0), ("gpu", 1), ("gpu:0", 1), ("gpu:1", 2), ("gpu:radeon", 1)] {
        let choice = chosen(text).unwrap();
        assert_eq!((choice.index, choice.why), (index, format!("{text}: asked for")));
    }
    assert_eq!(chosen("gpu:LLVM").unwrap().index, 2);
    for text in ["gpu:2", "gpu:3", "gpu:geforce"] {
        let refused = chosen(text).unwrap_err();
        assert_eq!(refused.value, format!("{text:?}"));
        for there in ["cpu;", "gpu:0 (Radeon RX 7900)", "gpu:2, which cannot be used: no f64"] {
            assert!(refused.expected.contains(there), "{refused}");
        }
    }
    // A software adapter is used by its name only.
    let software = [cpu(), Offer { software: true, ..gpu(0, "llvmpipe") }];
    assert!(choose(&Wanted::AnyGpu, &software, None).is_err());
}

#[test]
fn auto_goes_by_the_calibration_and_says_why() {
    let with = |offer: Offer, seconds: f64| Offer { costs: Some(model("x", seconds)), ..offer };
    let why = |offers: &[Offer], problem: Option<&Problem>| {
        let choice = choose(&Wanted::Auto, offers, problem).unwrap();
        (choice.index, choice.why)
    };
    let problem = problem();
    let radeon = || gpu(0, "Radeon");
    let none = why(&[cpu()], Some(&problem));
    assert_eq!(none, (0, "auto: cpu, no GPU".into()));
    let software = Offer { software: true, ..with(radeon(), 1e-9) };
    let software = why(&[with(cpu(), 1e-8), software], Some(&problem));
    assert_eq!(software, (0, "auto: cpu, gpu:0 is software".into()));
    let broken = Offer { unusable: "device lost".into(), ..radeon() };
    let broken = why(&[cpu(), broken], Some(&problem));
    assert_eq!(broken, (0, "auto: cpu, gpu:0 cannot be used: device lost".into()));
    let unknown = why(&[with(cpu(), 1e-8), radeon()], Some(&problem));
    assert_eq!(unknown.0, 0);
    assert!(unknown.1.starts_with("auto: cpu, gpu:0 not calibrated"), "{}", unknown.1);
    let faster = why(&[with(cpu(), 8e-9), with(radeon(), 2e-9)], Some(&problem));
    assert_eq!(faster, (1, "auto: gpu:0, 4.0 times as fast as the cpu".into()));
    let slower = why(&[with(cpu(), 2e-9), with(radeon(), 3e-9)], Some(&problem));
    assert_eq!(slower, (0, "auto: cpu, gpu:0 would take 1.5 times as long".into()));
    let two = [with(cpu(), 8e-9), with(radeon(), 4e-9), with(gpu(1, "GeForce"), 1e-9)];
    assert_eq!(why(&two, Some(&problem)).0, 2);
    assert_eq!(why(&two, None).0, 0, "of other work nothing is known");
    // What it takes to send counts on both sides.
    let sent = Problem { bytes_in: 4 << 30, ..problem };
    assert_eq!(why(&[with(cpu(), 8e-9), with(radeon(), 4e-9)], Some(&sent)).0, 1);
}

#[test]
fn costs_are_interpolated_by_powers() {
    let model = model("cpu (x)", 1e-9);
    let of = |order: usize, batch: usize| model.of_matrix(false, true, order, batch).unwrap();
    let near = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-12, "{a} {b}");
    near(of(10, 1), 1e-6);
    near(of(40, 1), 6.4e-5);
    near(of(200, 1), 8e-3);
    near(of(5, 1), 1e-6);
    near(of(100, 16), 5e-4);
    // Between batches of 1 and 16: a quarter of the way to one half, in logarithms.
    near(of(100, 2), 1e-3 * 0.5_f64.powf(0.25));
    near(of(100, 4096), 5e-4);
    assert_eq!(model.of_matrix(true, true, 10, 1), None);
    let problem = Problem { blocks: vec![(10, 2), (100, 1)], batch: 1, ..problem() };
    near(model.seconds(&problem).unwrap(), 2e-6 + 1e-3);
    let sent = Problem { bytes_in: 1_000_000_000, bytes_out: 1_000_000_000, ..problem };
    near(model.seconds(&sent).unwrap(), 2e-6 + 1e-3 + 1.0 + 2.0);
}

#[test]
fn a_calibration_is_measured_kept_and_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cache/edgestate/calibration.json");
    assert_eq!(Calibration::read(&path).unwrap(), Calibration::default());
    let plan = Plan { orders: vec![4, 24], batches: vec![1, 3], ..Plan::quick() };
    let measured = measure(&Cpu::new(Some(1)).unwrap(), &plan, &Never).unwrap();
    assert_eq!(measured.eigh.len(), 2 * 2 * 2 * 2);
    assert!(measured.eigh.iter().all(|sample| 0.0 < sample.seconds && sample.seconds < 1.0));
    assert!(0.0 < measured.upload_bytes_per_second);
    assert!(measured.seconds(&Problem { blocks: vec![(12, 5)], ..problem() }).is_some());
    let mut calibration = Calibration::default();
    calibration.put(measured.clone());
    let elsewhere = CostModel { machine: "elsewhere".into(), ..measured.clone() };
    calibration.put(elsewhere);
    let older = CostModel { version: "0.0.1".into(), class: "gpu: x".into(), ..measured.clone() };
    calibration.put(older);
    calibration.put(CostModel { measured_unix_seconds: 5.0, ..measured.clone() });
    calibration.write(&path).unwrap();
    let read = Calibration::read(&path).unwrap();
    assert_eq!(read, calibration);
    // The newest of this class, machine and version; those of others are not mistaken for it.
    let here: Vec<&CostModel> = read.here().collect();
    assert_eq!(here.len(), 1);
    assert_eq!(read.of(&measured.class).unwrap().measured_unix_seconds, 5.0);
    assert!(read.of("gpu: x").is_none(), "measured by another version");
    let left = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(left, 1, "no draft is left");
    for text in ["", "{", "[]", "{\"format\": 99, \"devices\": []}"] {
        std::fs::write(&path, text).unwrap();
        let error = Calibration::read(&path).unwrap_err().to_string();
        assert!(error.contains("--calibrate"), "{error}");
    }
}
