"""Reads what deploy/ holds as the programs would that use it, as far as that goes without them."""
import json
import pathlib
import re
import sys

import yaml

deploy = pathlib.Path(sys.argv[1])
wrong = []


def check(holds, what):
    if not holds:
        wrong.append(what)


for file in [*deploy.glob("prometheus/*.yml"), deploy / "docker/compose.yml", deploy / "helm/godwit/Chart.yaml", deploy / "helm/godwit/values.yaml"]:
    yaml.safe_load(file.read_text())
for rule in yaml.safe_load((deploy / "prometheus/alerts.yml").read_text())["groups"][0]["rules"]:
    check({"alert", "expr", "labels", "annotations"} <= rule.keys(), f"{rule.get('alert')} lacks a member")
    check(rule["expr"].count("(") == rule["expr"].count(")"), f"{rule['alert']}: parentheses")
json.loads((deploy / "grafana/godwit.json").read_text())

compose = yaml.safe_load((deploy / "docker/compose.yml").read_text())
check(compose["services"]["godwit"]["read_only"] is True, "compose: the root file system can be written")
for service in compose["services"].values():
    for volume in service.get("volumes", []):
        check(volume.split(":")[0] in compose["volumes"], f"compose: volume {volume} is not declared")

known = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
lines = re.sub(r"\\\n", " ", (deploy / "docker/Dockerfile").read_text()).splitlines()
words = [line.split() for line in lines if line.strip() and not line.startswith("#")]
check(all(word[0] in known for word in words), "Dockerfile: an unknown instruction")
check([word for word in words if word[0] == "USER"][-1][1].split(":")[0] not in ("root", "0"), "Dockerfile: runs as root")
check(all(":" in word[1] and not word[1].endswith(":latest") for word in words if word[0] == "FROM"), "Dockerfile: an image without a version")
for form in ("ENTRYPOINT", "CMD"):
    json.loads(next(" ".join(word[1:]) for word in words if word[0] == form))

values = yaml.safe_load((deploy / "helm/godwit/values.yaml").read_text())
templates = list((deploy / "helm/godwit/templates").iterdir())
defined = {name for file in templates for name in re.findall(r'define "([^"]+)"', file.read_text())}
for file in templates:
    text = file.read_text()
    check(text.count("{{") == text.count("}}"), f"{file.name}: braces")
    opened = len(re.findall(r"{{-?\s*(?:if|with|range|define)\b", text))
    check(opened == len(re.findall(r"{{-?\s*end\b", text)), f"{file.name}: a block is not ended")
    for path in re.findall(r"\.Values((?:\.[A-Za-z]+)+)", text):
        at = values
        for name in path[1:].split("."):
            check(isinstance(at, dict) and name in at, f"{file.name}: values.yaml has no {path[1:]}")
            at = at.get(name) if isinstance(at, dict) else None
    for name in re.findall(r'include "([^"]+)"', text):
        check(name in defined, f"{file.name}: {name} is not defined")
    # With every action gone and blocks left open, what stands there must still be YAML.
    if file.suffix == ".yaml":
        plain = "\n".join(line for line in text.splitlines() if not re.match(r"\s*{{-?\s*(if|with|range|end|else)\b", line))
        plain = re.sub(r"{{-?\s*(?:include|toYaml)[^}]*}}", "{}", plain)
        yaml.safe_load(re.sub(r'"?{{[^}]*}}[^"\n,}]*"?', "x", plain))

for line in wrong:
    print(line)
sys.exit(1 if wrong else 0)
