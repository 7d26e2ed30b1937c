//! `edgestate token`
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Exit, RoleArg, TokenAddArgs, TokenCommand, TokenFileArgs, TokenRmArgs, fail, print};
use crate::jobs::account::Quotas;
use crate::service::access::certificates::{TlsError, certificates};
use crate::service::access::users::hash_of;
use crate::service::access::{Credential, FileError, Role, TokenFile, User};

pub fn token(command: &TokenCommand) -> Exit {
    let outcome = match command {
        TokenCommand::Add(args) => add(args),
        TokenCommand::List(args) => list(args),
        TokenCommand::Rm(args) => remove(args),
    };
    let text = match outcome {
        Ok(text) => text,
        Err(error @ TlsError::File(FileError::Io { .. } | FileError::Random(_))) => {
            return fail(&error);
        }
        Err(error) => {
            fail(&error);
            return Exit::BadInput;
        }
    };
    match print(&text) {
        Ok(()) => Exit::Done,
        Err(error) => fail(&error),
    }
}

fn path(args: &TokenFileArgs) -> Result<PathBuf, FileError> {
    args.tokens.clone().map_or_else(TokenFile::default_path, Ok)
}

fn add(args: &TokenAddArgs) -> Result<String, TlsError> {
    let path = path(&args.file)?;
    let (secret, credential) = match &args.certificate {
        None => Credential::new_token().map(|(secret, kept)| (Some(secret), kept))?,
        Some(file) => {
            let chain = certificates(file)?;
            let hash = chain.first().map(|own| hash_of(own)).unwrap_or_default();
            (None, Credential::Certificate(hash))
        }
    };
    let role = args.role.map(|role| match role {
        RoleArg::Read => Role::Read,
        RoleArg::Submit => Role::Submit,
        RoleArg::Admin => Role::Admin,
    });
    let quotas = Quotas {
        queued_jobs: args.queued_jobs,
        device_seconds: args.device_seconds,
        result_bytes: args.result_bytes,
        in_flight_bytes: args.in_flight_bytes,
    };
    let mut file = TokenFile::edit(&path)?;
    file.add(&args.name, role, &quotas, credential)?;
    file.save()?;
    let (name, id, kind) = (&args.name, credential.id(), credential.kind());
    if args.file.json {
        let found = json!({ "user": name, "id": id, "kind": kind, "token": secret });
        return Ok(format!("{found}\n"));
    }
    let shown = secret.map(|secret| format!("{secret}\n")).unwrap_or_default();
    // The secret alone on standard output, so that it can be kept by redirection.
    super::complain(&format!("{kind} {id} of {name}, in {}\n", path.display()));
    Ok(shown)
}

fn list(args: &TokenFileArgs) -> Result<String, TlsError> {
    let file = TokenFile::look(&path(args)?)?;
    if args.json {
        let users: Vec<Value> = file.users().iter().map(row).collect();
        return Ok(format!("{}\n", json!({ "users": users })));
    }
    Ok(file.users().iter().map(line).collect())
}

fn remove(args: &TokenRmArgs) -> Result<String, TlsError> {
    let mut file = TokenFile::edit(&path(&args.file)?)?;
    file.remove(&args.name, args.id.as_deref())?;
    file.save()?;
    let (user, id) = (&args.name, &args.id);
    Ok(if args.file.json {
        format!("{}\n", json!({ "removed": { "user": user, "id": id } }))
    } else {
        String::new()
    })
}

fn row(user: &User) -> Value {
    let credentials = user.credentials.iter();
    let credentials: Vec<Value> =
        credentials.map(|one| json!({ "kind": one.kind(), "id": one.id() })).collect();
    let (name, role) = (&*user.name, user.role.name());
    json!({ "name": name, "role": role, "quotas": user.quotas, "credentials": credentials })
}

fn line(user: &User) -> String {
    let Quotas { queued_jobs, device_seconds, result_bytes, in_flight_bytes } = user.quotas;
    let quotas: String = [
        queued_jobs.map(|count| format!(", {count} jobs at a time")),
        device_seconds.map(|seconds| format!(", {seconds} device seconds a day")),
        result_bytes.map(|bytes| format!(", {bytes} bytes of results a day")),
        in_flight_bytes.map(|bytes| format!(", {bytes} bytes in flight")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let credentials: Vec<String> =
        user.credentials.iter().map(|one| format!("{} {}", one.kind(), one.id())).collect();
    let (name, role) = (&user.name, user.role.name());
    format!("{name:<16} {role}{quotas}; {}\n", credentials.join(", "))
}
