//! `edgestate bench`
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Exit, complain, fail, print};
use crate::bench::{BenchError, BenchOptions, Devices, Interpreter, Report, What, figure, text};

#[derive(Debug, Args)]
pub struct BenchArgs {
    /// What is measured [default: all of it]
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    what: Vec<WhatArg>,
    /// Orders of `sizes` [default: 4 to 1024]
    #[arg(long, value_name = "N", value_delimiter = ',')]
    sizes: Vec<usize>,
    /// cpu, gpu:N (beside the CPU), or auto: the first GPU that is no program on the CPU
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = parse_device)]
    device: Devices,
    /// Interpreter that has numpy, scipy, MKL, torch or cupy; "none" for none [default: python of the
    /// active environment, else python3]
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// Only these of its libraries: numpy, numpy-1, scipy, openblas, mkl, torch, cupy
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    peers: Vec<String>,
    /// Smaller orders, fewer matrices, one round: to try it
    #[arg(long)]
    quick: bool,
    /// Rounds in which all take their turns [default: 5, of the longest 3]
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// Runs in lockstep of `nrg` [default: 1 on a CPU, 64 on a GPU]
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// Threads of the CPU, and of the libraries [default: all cores this process may use]
    #[arg(long, value_name = "N", value_parser = super::parse_threads)]
    threads: Option<usize>,
    /// Longest silence of the Python
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    silence: u64,
    /// Who takes longer over one workload is left out of its rest
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    patience: u64,
    /// Writes the report as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draws the report, .svg or .png
    #[arg(long, value_name = "FILE")]
    figure: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum WhatArg {
    /// The distribution of NRG runs
    Nrg,
    /// Single orders, real and complex
    Sizes,
    /// Small orders in batches of 4096
    Small,
    /// Orders of ribbons, complex
    Ribbon,
    /// Peaks to spectra
    Broaden,
    /// Calls of a server
    Grpc,
}

impl From<WhatArg> for What {
    fn from(what: WhatArg) -> Self {
        match what {
            WhatArg::Nrg => Self::Nrg,
            WhatArg::Sizes => Self::Sizes,
            WhatArg::Small => Self::Small,
            WhatArg::Ribbon => Self::Ribbon,
            WhatArg::Broaden => Self::Broaden,
            WhatArg::Grpc => Self::Grpc,
        }
    }
}

fn parse_device(text: &str) -> Result<Devices, String> {
    let index = text.strip_prefix("gpu:").and_then(|index| index.parse().ok());
    match (text, index) {
        ("cpu", _) => Ok(Devices::Cpu),
        ("auto", _) => Ok(Devices::Auto),
        (_, Some(index)) => Ok(Devices::Gpu(index)),
        _ => Err("expected cpu, gpu:N or auto".to_owned()),
    }
}

pub fn bench(args: &BenchArgs) -> Exit {
    let options = match options(args) {
        Ok(options) => options,
        Err(error) => return fail(&error),
    };
    let ending = args.figure.as_deref().map(ending);
    if ending.is_some_and(|ending| !["svg", "png"].contains(&ending)) {
        complain("edgestate: --figure: expected a name that ends in .svg or .png\n");
        return Exit::BadInput;
    }
    let mut progress = |what: &str| complain(&format!("{what}\n"));
    let report = match crate::bench::run(&options, &mut progress) {
        Ok(report) => report,
        Err(BenchError::Invalid(error)) => {
            complain(&format!("edgestate: --{error}\n"));
            return Exit::BadInput;
        }
        Err(error) => return fail(&error),
    };
    match write(args, &report) {
        Ok(()) => Exit::Done,
        Err(error) => fail(&error),
    }
}

fn options(args: &BenchArgs) -> std::io::Result<BenchOptions> {
    let all = WhatArg::value_variants();
    let what: &[WhatArg] = if args.what.is_empty() { all } else { &args.what };
    let python = match &args.python {
        None => Interpreter::Found,
        Some(path) if path == Path::new("none") => Interpreter::None,
        Some(path) => Interpreter::At(path.clone()),
    };
    Ok(BenchOptions {
        what: what.iter().map(|one| What::from(*one)).collect(),
        sizes: args.sizes.clone(),
        devices: args.device,
        python,
        peers: args.peers.clone(),
        quick: args.quick,
        rounds: args.rounds,
        runs: args.runs,
        threads: args.threads,
        silence: Duration::from_secs(args.silence),
        patience: Duration::from_secs(args.patience),
        binary: std::env::current_exe()?,
    })
}

fn write(args: &BenchArgs, report: &Report) -> std::io::Result<()> {
    print(&text::text(report))?;
    if let Some(path) = &args.json {
        std::fs::write(path, report.json()?)?;
    }
    if let Some(path) = &args.figure {
        let figure = figure::figure(report);
        let bytes = match ending(path) {
            "png" => figure.png(),
            _ => figure.svg().map(String::into_bytes),
        };
        std::fs::write(path, bytes.map_err(std::io::Error::other)?)?;
    }
    Ok(())
}

fn ending(path: &Path) -> &str {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}
