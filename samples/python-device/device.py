#!/usr/bin/env python3
"""A Linux device that AWS IoT jobs can update: it takes CreateOTAUpdate's job document, downloads the image over an MQTT stream in JSON or,
where the document has no stream, in ranges over HTTP, checks the signature with openssl, puts the image in place and reports. Needs paho-mqtt (Debian: python3-paho-mqtt) and openssl.

It is meant to be read and copied: the same code runs against AWS IoT Core with another --host and --ca.
"""
import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile
import urllib.request

import paho.mqtt.client as mqtt

BLOCK_BYTES = 4096
BLOCKS_PER_REQUEST = 8


class Download:
    """The file of one job execution, block by block."""

    def __init__(self, job_id, document):
        ota = document["afr_ota"]
        self.job_id, self.stream, self.file = job_id, ota.get("streamname"), ota["files"][0]
        self.size = self.file["filesize"]
        self.signature = next((base64.b64decode(v) for k, v in self.file.items() if k.startswith("sig-") and v), None)
        self.missing = set(range((self.size + BLOCK_BYTES - 1) // BLOCK_BYTES))
        self.bytes = bytearray(self.size)

    def next_request(self):
        """GetStream: up to eight blocks from the first one that is missing; blocks that came already are left out by the bitmap."""
        first = min(self.missing)
        bitmap = bytearray(BLOCKS_PER_REQUEST // 8)
        for block in range(first, first + BLOCKS_PER_REQUEST):
            if block in self.missing:
                bitmap[(block - first) // 8] |= 1 << (block - first) % 8
        self.asked = {block for block in range(first, first + BLOCKS_PER_REQUEST) if block in self.missing}
        return {"f": self.file["fileid"], "l": BLOCK_BYTES, "o": first, "n": len(self.asked), "b": base64.b64encode(bytes(bitmap)).decode()}

    def take(self, message):
        block, payload = message["i"], base64.b64decode(message["p"])
        if block in self.missing:
            self.bytes[block * BLOCK_BYTES:block * BLOCK_BYTES + len(payload)] = payload
            self.missing.discard(block)
        self.asked.discard(block)

    def fetch(self):
        """All of it by HTTP, in ranges as microcontrollers ask for them; the URL is signed, so that nothing else is needed."""
        for first in range(0, self.size, BLOCK_BYTES):
            last = min(first + BLOCK_BYTES, self.size) - 1
            request = urllib.request.Request(self.file["update_data_url"], headers={"Range": f"bytes={first}-{last}"})
            with urllib.request.urlopen(request, timeout=30) as answer:
                self.bytes[first:last + 1] = answer.read()
        self.missing.clear()


class Device:
    def __init__(self, options):
        self.options, self.download, self.outcome = options, None, None
        self.jobs = f"$aws/things/{options.thing}/jobs"
        self.streams = f"$aws/things/{options.thing}/streams"
        arguments = [mqtt.CallbackAPIVersion.VERSION1] if hasattr(mqtt, "CallbackAPIVersion") else []
        self.client = mqtt.Client(*arguments, client_id=options.thing)
        self.client.tls_set(ca_certs=options.ca, certfile=options.cert, keyfile=options.key)
        self.client.on_connect, self.client.on_message = self.connected, self.received

    def run(self):
        self.client.connect(self.options.host, self.options.port, keepalive=60)
        self.client.loop_forever()
        return 0 if self.outcome == "SUCCEEDED" else 1

    def send(self, topic, payload):
        self.client.publish(topic, json.dumps(payload), qos=1)

    def report(self, status, **details):
        print(f"{self.options.thing}: {status} {details}", flush=True)
        self.send(f"{self.jobs}/{self.download.job_id}/update", {"status": status, "statusDetails": details})

    def connected(self, client, *_):
        client.subscribe([(f"{self.jobs}/notify-next", 1), (f"{self.jobs}/$next/get/accepted", 1), (f"{self.jobs}/+/update/accepted", 1),
                          (f"{self.streams}/+/data/json", 0), (f"{self.streams}/+/rejected/json", 0)])
        print(f"{self.options.thing}: connected", flush=True)
        self.send(f"{self.jobs}/$next/get", {})

    def received(self, client, _, message):
        payload = json.loads(message.payload or b"{}")
        if message.topic.endswith("/update/accepted"):
            if self.outcome and self.options.once:
                client.disconnect()
        elif message.topic.startswith(self.jobs):
            self.offered(payload.get("execution") or {})
        elif self.download and message.topic.endswith("/data/json"):
            self.download.take(payload)
            if not self.download.missing:
                self.install()
            elif not self.download.asked:
                self.ask()
        elif self.download and message.topic.endswith("/rejected/json"):
            self.end("FAILED", reason=f"stream: {payload}")

    def offered(self, execution):
        """A job for this device: what notify-next and $next/get bring. The same job is offered again until it is done."""
        if "jobDocument" not in execution or (self.download and self.download.job_id == execution["jobId"]):
            return
        self.download = Download(execution["jobId"], execution["jobDocument"])
        self.report("IN_PROGRESS", step="downloading")
        if self.download.stream:
            return self.ask()
        try:
            self.download.fetch()
        except OSError as error:
            return self.end("FAILED", reason=f"download: {error}")
        self.install()

    def ask(self):
        self.send(f"{self.streams}/{self.download.stream}/get/json", self.download.next_request())

    def install(self):
        if not self.signed():
            return self.end("FAILED", reason="the signature does not verify")
        with open(self.options.image + ".new", "wb") as file:
            file.write(self.download.bytes)
            os.fsync(file.fileno())
        os.replace(self.options.image + ".new", self.options.image)
        self.end("SUCCEEDED", bytes=str(self.download.size))

    def signed(self):
        with tempfile.TemporaryDirectory() as folder:
            image, signature, key = (os.path.join(folder, name) for name in ("image", "signature", "key"))
            for path, content in ((image, self.download.bytes), (signature, self.download.signature or b"")):
                with open(path, "wb") as file:
                    file.write(content)
            with open(key, "wb") as file:
                file.write(subprocess.run(["openssl", "x509", "-in", self.options.signer, "-pubkey", "-noout"], check=True, capture_output=True).stdout)
            return subprocess.run(["openssl", "dgst", "-sha256", "-verify", key, "-signature", signature, image], capture_output=True).returncode == 0

    def end(self, status, **details):
        self.report(status, **details)
        self.download, self.outcome = None, status


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, default=8883)
    parser.add_argument("--thing", required=True)
    parser.add_argument("--ca", default="ca.pem", help="the CA that signed the server's certificate")
    parser.add_argument("--cert", required=True, help="this device's certificate")
    parser.add_argument("--key", required=True, help="this device's private key")
    parser.add_argument("--signer", required=True, help="the certificate whose key signed the firmware")
    parser.add_argument("--image", default="app.installed", help="where the verified image is put")
    parser.add_argument("--once", action="store_true", help="end after one update; the exit code tells how it went")
    sys.exit(Device(parser.parse_args()).run())
