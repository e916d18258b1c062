//! The binary.

fn main() -> std::process::ExitCode {
    dms_network_controller::cli::main(std::env::args_os())
}
