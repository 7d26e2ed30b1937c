//! From the domain to messages.
use super::proto;
use crate::engine::Values;
use crate::jobs::results::{Certificate, Tensor};
use crate::jobs::view::{JobState, JobView};

pub fn job(view: &JobView) -> proto::Job {
    let state = match view.state {
        JobState::Queued => proto::JobState::Queued,
        JobState::Running => proto::JobState::Running,
        JobState::Done => proto::JobState::Done,
        JobState::Cancelled => proto::JobState::Cancelled,
        JobState::Failed => proto::JobState::Failed,
    };
    proto::Job {
        id: view.id.to_string(),
        state: state.into(),
        units_total: view.units_total,
        units_done: view.units_done,
        units_failed: view.units_failed,
        units_from_store: view.units_from_store,
        progress: view.progress,
        seconds_left: view.seconds_left,
        seconds_elapsed: view.seconds_elapsed,
        engine: view.engine.to_string(),
        submitted_unix_seconds: view.submitted_unix_seconds,
        reason: view.reason.clone(),
        owner: view.owner.to_string(),
        priority: view.priority,
    }
}

/// Header of an array.
pub fn tensor(tensor: &Tensor) -> proto::Tensor {
    let dtype = match tensor.values {
        Values::F64(_) => proto::Dtype::F64,
        Values::I64(_) => proto::Dtype::I64,
        Values::C128(_) => proto::Dtype::C128,
    };
    proto::Tensor {
        name: tensor.name.clone(),
        dtype: dtype.into(),
        shape: tensor.shape.clone(),
        dimensions: tensor.dimensions.clone(),
        unit: tensor.unit.clone(),
        long_name: tensor.long_name.clone(),
    }
}

pub fn certificate(certificate: &Certificate) -> proto::Certificate {
    let measures = certificate.measures.iter();
    proto::Certificate {
        device: certificate.device.clone(),
        precision: certificate.precision.to_owned(),
        version: certificate.version.to_owned(),
        eigen_residual: certificate.eigen_residual,
        eigen_orthogonality: certificate.eigen_orthogonality,
        matrices: certificate.matrices,
        measures: measures
            .map(|(name, value)| proto::NamedValue { name: name.clone(), value: *value })
            .collect(),
        warnings: certificate.warnings.iter().cloned().collect(),
        notes: certificate.notes.iter().cloned().collect(),
    }
}
