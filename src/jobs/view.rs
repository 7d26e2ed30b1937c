//! What is known about a job from outside.

/// 16 hexadecimal digits.
pub type JobId = std::sync::Arc<str>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    Queued,
    Running,
    /// Every point has a result or a reason.
    Done,
    Cancelled,
    /// No point has a result.
    Failed,
}

impl JobState {
    pub fn ended(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Failed)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Done, Self::Cancelled, Self::Failed]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// A job at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct JobView {
    pub id: JobId,
    /// "nrg"
    pub engine: std::sync::Arc<str>,
    /// Whom it belongs to.
    pub owner: std::sync::Arc<str>,
    /// Higher ones first among the jobs of an owner.
    pub priority: i32,
    pub state: JobState,
    /// Points x z, or points.
    pub units_total: u64,
    pub units_done: u64,
    pub units_failed: u64,
    /// Of the done ones, answered without computing for this job.
    pub units_from_store: u64,
    /// 0 to 1, by estimated work.
    pub progress: f64,
    pub seconds_left: Option<f64>,
    pub seconds_elapsed: f64,
    pub submitted_unix_seconds: f64,
    /// Why it failed, or the reason of its first failed unit.
    pub reason: String,
}
