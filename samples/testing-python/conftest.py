"""A Godwit of its own for each test session: free ports, an empty folder, gone afterwards.

GODWIT names the program; without it, `godwit` on the PATH is taken.
"""
import json
import os
import pathlib
import signal
import subprocess
import time

import boto3
import pytest

PROGRAM = os.environ.get("GODWIT", "godwit")


class Godwit:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--data", str(self.folder), "--api-port", "0", "--mqtt-port", "0", "--https-port", "0", "--log-level", "Warning"],
            stdout=subprocess.PIPE, text=True)
        while "is ready" not in (line := self.process.stdout.readline()):
            if not line:
                raise RuntimeError(f"{PROGRAM} serve ended with {self.process.wait()}")
        while not (self.folder / "running.json").exists():
            time.sleep(0.01)
        self.ports = json.loads((self.folder / "running.json").read_text())
        self.endpoint = f"http://127.0.0.1:{self.ports['ApiPort']}"
        pairs = (line.split(" = ") for line in (self.folder / "credentials").read_text().splitlines() if " = " in line)
        self.key = dict(pairs)

    def client(self, service):
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name="us-east-1",
            aws_access_key_id=self.key["aws_access_key_id"], aws_secret_access_key=self.key["aws_secret_access_key"])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)


@pytest.fixture(scope="session")
def godwit(tmp_path_factory):
    service = Godwit(tmp_path_factory.mktemp("godwit"))
    yield service
    service.stop()
