/// Hands freed blocks out again instead of back to the system, which clears every page anew: a tenth of
/// the time of NRG spectra with glibc's allocator (docs/nrg.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    edgestate::cli::main()
}
