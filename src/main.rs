//! The one program: `ulvs`, and by their names `ipvsadm`, `ipvsadm-save` and `ipvsadm-restore`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ulvs::cli::entry(std::env::args_os())
}
