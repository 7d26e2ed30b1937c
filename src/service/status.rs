//! Errors of the domains as gRPC status with google.rpc details.
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, QuotaViolation, StatusExt};

use crate::invalid::Invalid;
use crate::jobs::manager::JobError;
use crate::jobs::worker::keeper::LinkError;

/// INVALID_ARGUMENT with one field violation per refused value.
pub fn invalid(errors: &[Invalid]) -> Status {
    let violations: Vec<FieldViolation> = errors
        .iter()
        .map(|error| {
            let text = format!("value {}; expected {}", error.value, error.expected);
            FieldViolation::new(error.field.clone(), text)
        })
        .collect();
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let details = ErrorDetails::with_bad_request(violations);
    Status::with_error_details(Code::InvalidArgument, lines.join("\n"), details)
}

pub fn refused(field: &str, value: impl std::fmt::Display, expected: &str) -> Status {
    invalid(&[Invalid::new(field, value, expected)])
}

/// RESOURCE_EXHAUSTED, the limit named.
pub fn over_limit(limit: &str, value: u64, allowed: u64) -> Status {
    let text = format!("{limit}: {value}, at most {allowed}");
    let violation = QuotaViolation::new(limit, text.clone());
    let details = ErrorDetails::with_quota_failure(vec![violation]);
    Status::with_error_details(Code::ResourceExhausted, text, details)
}

pub fn of_job_error(error: JobError) -> Status {
    match error {
        JobError::Invalid(errors) => invalid(&errors),
        JobError::Limit { limit, allowed } => {
            let text = format!("{limit}: at most {allowed}; try again later");
            let violation = QuotaViolation::new(limit, text.clone());
            let details = ErrorDetails::with_quota_failure(vec![violation]);
            Status::with_error_details(Code::ResourceExhausted, text, details)
        }
        JobError::NotFound(_) => Status::not_found(error.to_string()),
        JobError::ShuttingDown => Status::unavailable(error.to_string()),
        JobError::Store(_) | JobError::Document(_) => {
            tracing::error!(%error, "a call failed");
            Status::internal(error.to_string())
        }
    }
}

pub fn of_link_error(error: &LinkError) -> Status {
    Status::unavailable(format!("{error}; try again in a few seconds"))
}
