"""Runs the sample of Terraform's calls, in the account of the other key: roles there must not bind other scripts."""
import os
import pathlib
import runpy

os.environ["AWS_ACCESS_KEY_ID"] = os.environ["GODWIT_OTHER_ACCESS_KEY_ID"]
os.environ["AWS_SECRET_ACCESS_KEY"] = os.environ["GODWIT_OTHER_SECRET_ACCESS_KEY"]
samples = pathlib.Path(__file__).resolve().parents[2] / "samples"
runpy.run_path(str(samples / "terraform-calls" / "terraform_calls.py"), run_name="__main__")
