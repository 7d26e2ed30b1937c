fn main() -> std::process::ExitCode {
    edgestate::cli::main()
}
