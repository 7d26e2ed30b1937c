//! `edgestate serve`
use std::time::Duration;

use super::{AccessArgs, Exit, ServeArgs, fail, print};
use crate::jobs::manager::Settings;
use crate::jobs::store;
use crate::service::access::certificates::TlsFiles;
use crate::service::listen::{ListenError, default_socket};
use crate::service::server::{AccessOptions, ServeError, ServeOptions, serve as run_server};

pub fn serve(args: ServeArgs) -> Exit {
    if args.print_limits {
        return print_limits();
    }
    let store = match args.store.map_or_else(store::default_dir, Ok) {
        Ok(store) => store,
        Err(error) => return fail(&error),
    };
    let options = ServeOptions {
        jobs: Settings {
            store,
            devices: args.device,
            threads: args.threads,
            memory_bytes: args.memory,
        },
        socket: args.socket.unwrap_or_else(default_socket),
        listen: args.listen,
        idle_exit: args.idle_exit.map(Duration::from_secs),
        access: access(args.access),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let outcome = runtime.block_on(run_server(options));
    // Calls that still hold threads do not hold the process.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => Exit::Done,
        Err(ServeError::Listen(
            error @ (ListenError::NotLoopback { .. } | ListenError::TooLong(_)),
        )) => {
            fail(&error);
            Exit::BadInput
        }
        Err(error @ (ServeError::Users(_) | ServeError::Tls(_))) => {
            fail(&error);
            Exit::BadInput
        }
        Err(error) => fail(&error),
    }
}

fn access(args: AccessArgs) -> AccessOptions {
    let AccessArgs { tokens, tls_cert, tls_key, tls_client_ca, insecure, reflection } = args;
    let tls = tls_cert.zip(tls_key).map(|(certificate, key)| TlsFiles {
        certificate,
        key,
        client_authority: tls_client_ca,
    });
    AccessOptions { tls, tokens, insecure, reflection }
}

fn print_limits() -> Exit {
    let lines: String = crate::service::limits::table()
        .iter()
        .map(|(name, value, unit)| format!("{name:<38} {value:>12} {unit}\n"))
        .collect();
    match print(&lines) {
        Ok(()) => Exit::Done,
        Err(error) => fail(&error),
    }
}
