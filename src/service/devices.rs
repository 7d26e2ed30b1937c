//! The service `Devices`.
use tonic::{Request, Response, Status};

use super::access::Role;
use super::calls::Calls;
use super::jobs::caller;
use super::proto;
use super::proto::devices_server::Devices as Service;
use crate::jobs::manager::Jobs;

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
        let used = self.jobs.device();
        let state = if self.jobs.worker_ready() { "ready" } else { "starting" };
        let cpu = proto::Device {
            name: "cpu".to_owned(),
            description: used.name,
            driver: String::new(),
            shader_f64: false,
            threads: used.threads,
            memory_bytes: self.jobs.memory_budget_bytes(),
            in_use: true,
            worker_state: state.to_owned(),
            software: false,
            self_test: "not needed".to_owned(),
        };
        let others = self.jobs.devices().await.iter().filter(|device| device.name != "cpu");
        let others = others.map(|device| proto::Device {
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
        });
        let devices = std::iter::once(cpu).chain(others).collect();
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
        }))
    }
}
