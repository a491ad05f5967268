"""Runs samples/custom-signing, with the device on the distribution's paho-mqtt."""
import os
import pathlib
import subprocess
import sys

os.environ["PYTHON"] = "/usr/bin/python3"
sample = pathlib.Path(__file__).resolve().parents[2] / "samples" / "custom-signing" / "update.py"
subprocess.run([sys.executable, "-W", "ignore", sample], check=True)
