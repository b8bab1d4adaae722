"""The files that start a job under Slurm and Kubernetes: sound in themselves, and starting a command that exists."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from research.__main__ import main
from research.commands import hosts

ROOT = Path(__file__).parents[2]
LAUNCH = ROOT / "configs" / "launch"


@pytest.fixture
def reached(monkeypatch) -> list[bool]:
    """What the command hands over as `distributed`, instead of running."""
    asked: list[bool] = []
    monkeypatch.setattr(hosts, "together", lambda distributed, *_: asked.append(distributed) or 0)
    return asked


def test_slurm_starts_the_command_in_every_task(tmp_path: Path, reached) -> None:
    """With a shell that stands for srun: it is given the command and its flags, and none of the proxies."""
    for path, text in (("bin/activate", "ACTIVE=yes"), ("srun", '#!/bin/bash\necho "$https_proxy$ACTIVE" "$@"')):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(f"export {text}" if path.endswith("activate") else text)
        (tmp_path / path).chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "VENV": str(tmp_path), "SLURM_SUBMIT_DIR": str(ROOT)}
    script = ["bash", "-u", str(LAUNCH / "slurm.sh")]
    assert subprocess.run(["bash", "-n", script[-1]], check=False).returncode == 0
    words = ["run", "digits_quick", "--passes", "1"]
    environment["https_proxy"] = "proxy"
    done = subprocess.run([*script, *words], env=environment, capture_output=True, text=True, check=True)
    active, bad_exit, *command = done.stdout.split()
    assert (active, bad_exit) == ("yes", "--kill-on-bad-exit=1")
    assert command == ["python", "-m", "research", *words, "--distributed"]
    assert main(command[3:]) == 0
    assert reached == [True]
    empty = subprocess.run(script, env=environment, capture_output=True, text=True, check=False)
    assert (empty.returncode, empty.stderr[:6]) == (2, "usage:")


def test_kubernetes_names_one_job_one_service_and_one_first_process(reached) -> None:
    service, batch = yaml.safe_load_all((LAUNCH / "kubernetes.yaml").read_text())
    pod = batch["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    variables = {item["name"]: item for item in container["env"]}
    assert (service["kind"], batch["kind"], batch["spec"]["completionMode"]) == ("Service", "Job", "Indexed")
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["selector"] == {"job-name": batch["metadata"]["name"]}
    assert pod["subdomain"] == service["metadata"]["name"]
    assert pod["restartPolicy"] == "Never"
    assert sorted(variables) == sorted(hosts.BY_HAND)
    port = container["ports"][0]["containerPort"]
    first = f"{batch['metadata']['name']}-0.{service['metadata']['name']}:{port}"
    assert variables["JAX_COORDINATOR_ADDRESS"]["value"] == first
    pods = batch["spec"]["completions"]
    assert pods == batch["spec"]["parallelism"] == int(variables["JAX_NUM_PROCESSES"]["value"])
    index = "metadata.annotations['batch.kubernetes.io/job-completion-index']"
    assert variables["JAX_PROCESS_ID"]["valueFrom"]["fieldRef"]["fieldPath"] == index
    assert container["image"] == "IMAGE"
    assert container["command"] == ["python", "-m", "research"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert main(container["args"]) == 0
    assert reached == [True]
