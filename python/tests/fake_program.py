"""`edgestate serve` with the scripted server behind it, as a program of its own."""

from __future__ import annotations

import argparse
import sys
from concurrent import futures

import grpc

import fake
from edgestate.v1 import devices_pb2_grpc, jobs_pb2_grpc

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("--socket", required=True)
    parser.add_argument("--idle-exit", type=float, required=True)
    parser.add_argument("--store")
    options = parser.parse_args()
    if options.store and options.store.endswith("refused"):
        sys.exit("the store is held by process 1")
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    behaviour = fake.FakeServer()
    devices_pb2_grpc.add_DevicesServicer_to_server(behaviour, server)
    jobs_pb2_grpc.add_JobsServicer_to_server(behaviour, server)
    server.add_insecure_port(f"unix:{options.socket}")
    server.start()
    print("started", flush=True)
    server.wait_for_termination(timeout=options.idle_exit)
