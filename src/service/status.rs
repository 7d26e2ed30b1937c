//! Errors of the domains as gRPC status with google.rpc details.
use std::time::Duration;
use tonic::{Code, Status};

use tonic_types::{ErrorDetails, FieldViolation, QuotaViolation, StatusExt};

use crate::invalid::Invalid;
use crate::jobs::account::QuotaExceeded;
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

/// When all places are taken.
const RETRY: Duration = Duration::from_secs(10);

/// RESOURCE_EXHAUSTED: whose quota, which, its value, and when to try again (if ever).
pub fn over_quota(quota: &QuotaExceeded) -> Status {
    let QuotaExceeded { user, quota, value, allowed, retry_seconds } = quota;
    let mut text = format!("{quota}: {value:.0}, the quota of {user} is {allowed:.0}");
    match retry_seconds {
        Some(seconds) => text += &format!("; try again in {seconds:.0} s"),
        None => text += "; this alone is more than the quota",
    }
    let violation = QuotaViolation::new(format!("user:{user}"), text.clone());
    let mut details = ErrorDetails::with_quota_failure(vec![violation]);
    details.set_error_info(
        "QUOTA",
        "edgestate",
        [
            ("quota".to_owned(), (*quota).to_owned()),
            ("value".to_owned(), value.to_string()),
            ("allowed".to_owned(), allowed.to_string()),
        ],
    );
    if let Some(seconds) = retry_seconds {
        details.set_retry_info(Some(Duration::from_secs_f64(seconds.clamp(0.0, 1e6))));
    }
    Status::with_error_details(Code::ResourceExhausted, text, details)
}

pub fn of_job_error(error: JobError) -> Status {
    match error {
        JobError::Invalid(errors) => invalid(&errors),
        JobError::Limit { limit, allowed } => {
            let text = format!("{limit}: at most {allowed}; try again later");
            let violation = QuotaViolation::new(limit, text.clone());
            let mut details = ErrorDetails::with_quota_failure(vec![violation]);
            // Jobs under way end one after the other.
            details.set_retry_info(Some(RETRY));
            Status::with_error_details(Code::ResourceExhausted, text, details)
        }
        JobError::Quota(quota) => over_quota(&quota),
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
