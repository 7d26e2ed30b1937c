//! The service `Devices`.
use tonic::{Request, Response, Status};

use super::access::Role;
use super::calls::Calls;
use super::jobs::caller;
use super::proto;
use super::proto::devices_server::Devices as Service;
use crate::jobs::costs::Calibration;
use crate::jobs::manager::{Jobs, LaneView, SurveyedDevice};

/// Of the files in `proto/`.
pub const PROTOCOL: u32 = 1;

#[derive(Debug)]
pub struct DevicesService {
    jobs: Jobs,
    calls: Calls,
}

impl DevicesService {
    pub fn new(jobs: Jobs, calls: Calls) -> Self {
        Self { jobs, calls }
    }
}

#[tonic::async_trait]
impl Service for DevicesService {
    async fn version(
        &self,
        request: Request<proto::VersionRequest>,
    ) -> Result<Response<proto::VersionReply>, Status> {
        let _call = self.calls.begin();
        let client = request.into_inner();
        let server_version = env!("CARGO_PKG_VERSION").to_owned();
        if client.protocol != PROTOCOL {
            return Err(Status::failed_precondition(format!(
                "the client speaks protocol {}, this server ({server_version}) protocol {PROTOCOL}: \
                 install matching versions",
                client.protocol
            )));
        }
        Ok(Response::new(proto::VersionReply { server_version, protocol: PROTOCOL }))
    }

    async fn list(
        &self,
        _request: Request<proto::ListDevicesRequest>,
    ) -> Result<Response<proto::ListDevicesReply>, Status> {
        let _call = self.calls.begin();
        let lanes = self.jobs.lanes();
        let found = self.jobs.devices().await;
        let calibration = Calibration::of_this_machine();
        let with_worker = lanes.iter().map(|lane| {
            let found = found.iter().find(|device| device.name == lane.name);
            with_worker(lane, found, &calibration)
        });
        let others =
            found.iter().filter(|device| lanes.iter().all(|lane| lane.name != device.name));
        let devices = with_worker.chain(others.map(|one| surveyed(one, &calibration))).collect();
        Ok(Response::new(proto::ListDevicesReply { devices }))
    }

    async fn statistics(
        &self,
        request: Request<proto::StatisticsRequest>,
    ) -> Result<Response<proto::StatisticsReply>, Status> {
        let caller = caller(&request)?;
        let calls_under_way = self.calls.under_way() as u32;
        let _call = self.calls.begin();
        let all = self.jobs.statistics();
        let seen =
            all.iter().filter(|((user, _), _)| caller.role == Role::Admin || *user == caller.name);
        let usage = seen.map(|((user, engine), sums)| proto::Usage {
            user: user.to_string(),
            engine: engine.to_string(),
            chunks: sums.chunks,
            units: sums.units,
            queue_seconds: sums.queue_seconds,
            compute_seconds: sums.compute_seconds,
            store_seconds: sums.store_seconds,
            result_bytes: sums.result_bytes,
        });
        Ok(Response::new(proto::StatisticsReply {
            usage: usage.collect(),
            calls_under_way,
            uploads_under_way: self.jobs.uploads_under_way() as u32,
            workers: self.jobs.lanes().into_iter().map(worker).collect(),
        }))
    }
}

/// What the look-up has found, which may have opened nothing.
fn surveyed(device: &SurveyedDevice, calibration: &Calibration) -> proto::Device {
    proto::Device {
        name: device.name.clone(),
        description: device.description.clone(),
        driver: device.driver.clone(),
        shader_f64: device.shader_f64,
        threads: device.threads,
        memory_bytes: device.memory_bytes,
        in_use: false,
        worker_state: "none".to_owned(),
        software: device.software,
        self_test: device.self_test.clone(),
        device_class: device.class.clone(),
        reason: device.refused.clone(),
        abilities: device.abilities.clone(),
        largest_order: device.largest_order,
        calibrated: calibration.of(&device.class).is_some(),
    }
}

fn with_worker(
    lane: &LaneView,
    found: Option<&SurveyedDevice>,
    calibration: &Calibration,
) -> proto::Device {
    let known = found.map(|device| surveyed(device, calibration)).unwrap_or_default();
    proto::Device {
        name: lane.name.clone(),
        threads: lane.threads,
        memory_bytes: lane.memory_bytes,
        in_use: true,
        worker_state: lane.state.name().to_owned(),
        device_class: lane.class.clone(),
        reason: if lane.reason.is_empty() { known.reason } else { lane.reason.clone() },
        calibrated: calibration.of(&lane.class).is_some(),
        ..known
    }
}

fn worker(lane: LaneView) -> proto::Worker {
    proto::Worker {
        device: lane.name,
        device_class: lane.class,
        state: lane.state.name().to_owned(),
        starts: lane.starts,
        reason: lane.reason,
    }
}
