"""Several processes are one: the same parameters, the same verdicts, one set of files, and none outlives another."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import host_command
import host_run
import numpy as np
import pytest

from research.__main__ import main
from research.claims import Run
from research.commands import hosts
from research.experiments import BadConfig

ROOT = Path(__file__).parents[2]
PROCESSES, DEVICES = 2, host_run.DEVICES // 2
PATIENCE = 240  # seconds, for what takes ten on a machine that does nothing else
CONFIG = '''"""Digits, in short.

Command: python -m research reproduce mine
"""

from research.claims import Below, Claim
from research.experiments.digits_quick import Config

EXPERIMENT, PART, SUITE, SEEDS = "digits_quick", "Mine", "quick", 2
CONFIG = Config(passes=6, batch=240, learning_rate=0.01, maps=(2, 2), hidden=16)
CLAIMS = tuple(
    Claim(
        id=f"MINE-{model}", title=f"{model} learns", quantity=f"{model}_error", statistic="mean", paper=None,
        accept=Below(f"{limit}"), control=f"{model}_error_shuffled", unit="%", source="none", known="computed",
    )
    for model, limit in (("linear", "linear_error_shuffled"), ("hidden", "nearest_error"))
)
'''


def start(folder: Path, *words: str) -> list[subprocess.Popen]:
    """A job of two processes on this machine, each with its own output in FOLDER/NUMBER.txt."""
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    flags = f"--xla_force_host_platform_device_count={DEVICES} --xla_backend_optimization_level=0"
    job = {"JAX_COORDINATOR_ADDRESS": address, "JAX_NUM_PROCESSES": str(PROCESSES), "XLA_FLAGS": flags, "NPROC": "16"}
    compiled = {"JAX_COMPILATION_CACHE_DIR": str(folder.parent / "compiled")}
    compiled |= {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0", "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1"}
    processes = []
    for number in range(PROCESSES):
        with (folder / f"{number}.txt").open("w") as output:
            environment = os.environ | job | compiled | {"JAX_PROCESS_ID": str(number), "PYTHONPATH": str(ROOT)}
            processes.append(
                subprocess.Popen(
                    [sys.executable, *words], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
                )
            )
    return processes


@contextlib.contextmanager
def job(folder: Path, *words: str):
    processes = start(folder, *words)
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def wait_for(condition, processes: list[subprocess.Popen], folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert all(process.poll() is None for process in processes), said(folder, 0) + said(folder, 1)
        assert time.monotonic() < deadline, said(folder, 0) + said(folder, 1)
        time.sleep(0.02)


def said(folder: Path, number: int) -> str:
    return (folder / f"{number}.txt").read_text()


def last_line(folder: Path, number: int) -> str:
    """What the shell that speaks for a process says last, soon after its end."""
    for _ in range(100):
        if lines := [line for line in said(folder, number).splitlines() if line.startswith("error:")]:
            return lines[-1]
        time.sleep(0.1)
    return said(folder, number)


def loaded(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as arrays:
        return dict(arrays)


def test_two_processes_train_as_one(tmp_path: Path) -> None:
    """Parameters, evaluations, resuming; who writes; a process that runs something else; and the first one killed."""
    expected = host_run.results(Run(tmp_path / "alone"))
    folder = tmp_path / "job"
    with job(folder, str(Path(host_run.__file__)), str(folder)) as processes:
        wait_for(lambda: all((folder / f"{number}.npz").exists() for number in range(PROCESSES)), processes, folder)
        processes[0].kill()
        assert processes[1].wait(60) != 0
    assert last_line(folder, 1).startswith("error: process 1 of 2")
    held = [loaded(folder / f"{number}.npz") for number in range(PROCESSES)]
    for name, value in expected.items():
        np.testing.assert_array_equal(held[0][name], held[1][name], err_msg=name)
        np.testing.assert_allclose(held[0][name], value, atol=5e-6, err_msg=name)
    np.testing.assert_array_equal(held[1]["resumed.first"], held[1]["pmap.first"])
    assert [str(of["refused"]) for of in held] == [
        "",
        "config not those of process 0: all run the same command on the same data",
    ]
    assert [str(of["before"]) + str(of["lines"]) for of in held] == ["0\n0\n", "1\n0\n"]
    assert any("checkpoints/pmap/states" in file for file in held[0]["files"])
    assert sorted(held[1]["files"]) == ["metrics.jsonl", "resumed/metrics.jsonl"]


def package(folder: Path) -> Path:
    """A folder with one config, no record and an empty README."""
    for name in ("configs", "records"):
        (folder / name).mkdir(parents=True)
    (folder / "configs" / "mine.py").write_text(CONFIG)
    (folder / "README.md").write_text("# Title\n<!-- table -->\n<!-- /table -->\n")
    return folder


def test_a_job_killed_and_started_again_reproduces_as_one_process(tmp_path: Path, capsys, monkeypatch) -> None:
    of_job, of_one, runs = package(tmp_path / "of_job"), package(tmp_path / "of_one"), tmp_path / "runs"
    reproduce = ("reproduce", "mine", "--record", "--workdir")
    words = (host_command.__file__, str(of_job), *reproduce, str(runs), "--distributed")
    for place in host_command.places(of_one):
        monkeypatch.setattr(*place)

    def lines() -> bytes:
        return b"".join(path.read_bytes() for path in runs.glob("mine/*/metrics.jsonl"))

    with job(tmp_path / "killed", *words) as processes:
        wait_for(lambda: lines().count(b"\n") >= 3, processes, tmp_path / "killed")
        killed_at = time.time()
        before, (folder,) = lines(), runs.glob("mine/*/")
        (folder / "kept").touch()  # as what a run that starts anew deletes
        processes[1].kill()
        assert main([*reproduce, str(tmp_path / "alone")]) == 0  # meanwhile
        assert processes[0].wait(60) != 0
    assert last_line(tmp_path / "killed", 0).startswith("error: process 0 of 2")
    assert (tmp_path / "killed" / "0.txt").stat().st_mtime - killed_at < 60
    with job(tmp_path / "again", *words) as processes:
        assert [process.wait(PATIENCE) for process in processes] == [0, 0], said(tmp_path / "again", 0)

    (alone,) = (tmp_path / "alone").glob("mine/*/")
    assert lines().startswith(before[: before.rindex(b"\n", 0, -1) + 1])
    assert (folder / "kept").exists()
    ours, theirs = (
        [json.loads(line) for line in (of / "metrics.jsonl").read_text().splitlines()] for of in (folder, alone)
    )
    assert [(line["train"], line["step"]) for line in ours] == [(line["train"], line["step"]) for line in theirs]
    np.testing.assert_allclose([line["loss"] for line in ours], [line["loss"] for line in theirs], rtol=1e-3)
    measured, expected = (json.loads((of / "measurements.json").read_text()) for of in (folder, alone))
    one_digit = 100 / 359
    for name, values in expected.items():
        np.testing.assert_allclose(measured[name], values, atol=2 * one_digit, err_msg=name)
    table = capsys.readouterr().out
    assert verdicts(said(tmp_path / "again", 0)) == verdicts(table) == "2 claims: 1 reproduced, 1 differs"
    assert "claims" not in said(tmp_path / "again", 1)
    assert "error:" not in said(tmp_path / "again", 0) + said(tmp_path / "again", 1)
    assert {path.name for path in runs.iterdir()} == {"mine", "report"}
    record = json.loads((of_job / "records" / "mine.json").read_text())
    assert record["values"] == measured
    assert "Digits, in short" in (of_job / "README.md").read_text()


def verdicts(output: str) -> str:
    return next(line for line in output.splitlines() if "claims:" in line)


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({"JAX_PROCESS_ID": "0"}, "JAX_PROCESS_ID without JAX_COORDINATOR_ADDRESS, JAX_NUM_PROCESSES"),
        (dict(zip(hosts.BY_HAND, ("host", "2", "0"), strict=True)), "HOST:PORT"),
        (dict(zip(hosts.BY_HAND, ("host:1", "2", "2"), strict=True)), "the first below the second"),
        (dict(zip(hosts.BY_HAND, ("host:1", "two", "0"), strict=True)), "numbers"),
    ],
)
def test_a_bad_start_by_hand_is_named(environment, wanted, monkeypatch, capsys) -> None:
    with pytest.raises(BadConfig, match=wanted):
        hosts._by_hand(environment)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main(["run", "digits_quick", "--distributed"]) == 2
    assert wanted in capsys.readouterr().err


def test_a_start_by_hand_is_read_and_none_is_left_to_jax() -> None:
    read = hosts._by_hand(dict(zip(hosts.BY_HAND, ("host:1", "2", "1"), strict=True)))
    assert read == {"coordinator_address": "host:1", "num_processes": 2, "process_id": 1}
    assert hosts._by_hand({"SLURM_JOB_ID": "7"}) == {}


def test_without_a_job_the_variables_are_named(monkeypatch, capsys) -> None:
    for name in hosts.BY_HAND:
        monkeypatch.delenv(name, raising=False)
    assert main(["run", "digits_quick", "--distributed"]) == 2
    assert f"elsewhere set {', '.join(hosts.BY_HAND)}" in capsys.readouterr().err
