"""Runs a command as systemd does a service of Type=notify: waits for READY=1, asks a question, stops it by SIGTERM. notified.py SOCKET SECONDS QUESTION -- COMMAND…"""
import os
import signal
import socket
import subprocess
import sys

path, seconds, question = sys.argv[1], float(sys.argv[2]), sys.argv[3]
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(path)
listener.settimeout(seconds)
service = subprocess.Popen(sys.argv[5:], env={**os.environ, "NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"})
said = ""
try:
    while "READY=1" not in said or "WATCHDOG=1" not in said:
        said += listener.recv(4096).decode() + "\n"
    answer = subprocess.run(question, shell=True)
    service.send_signal(signal.SIGTERM)
    while "STOPPING=1" not in said:
        said += listener.recv(4096).decode() + "\n"
    sys.exit(answer.returncode or service.wait(timeout=seconds))
finally:
    if service.poll() is None:
        service.kill()
