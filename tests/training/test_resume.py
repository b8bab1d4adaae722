"""A training killed at random moments ends with the bits of one that is not."""

import json
import multiprocessing
import random
import signal
import time

import killed_run
import numpy as np

KILLS = 8
AT_START = 2  # of these, before the first segment


def lines(folder) -> int:
    path = folder / "metrics.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def kill_after(process, folder, segments: int, delay: float) -> None:
    """SIGKILL `delay` seconds after the process has finished that many segments more."""
    wanted, deadline = lines(folder) + segments, time.monotonic() + 60
    while segments and lines(folder) < wanted and process.is_alive() and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(delay)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL, f"the run ended before it was killed: exit code {process.exitcode}"


def finish(process) -> None:
    process.join(timeout=60)
    assert process.exitcode == 0


def test_killed_at_random_moments_ends_with_the_same_bits(tmp_path):
    context = multiprocessing.get_context("forkserver")  # imports once; each process starts its own JAX
    context.set_forkserver_preload(["killed_run", "pytest"])

    def start(folder):
        process = context.Process(target=killed_run.run, args=(folder,))
        process.start()
        return process

    whole, killed = tmp_path / "whole", tmp_path / "killed"
    finish(start(whole))
    draw, reached = random.Random(0), []
    for number in range(KILLS):
        segments = 0 if number < AT_START else draw.randint(1, 4)
        kill_after(start(killed), killed, segments, draw.uniform(0, 0.08 if segments else 1.0))
        reached.append(lines(killed))
    finish(start(killed))
    assert len(set(reached)) > KILLS // 2, f"the kills hit few different moments: {reached}"
    assert max(reached) < killed_run.SEGMENTS
    assert (killed / "metrics.jsonl").read_text() == (whole / "metrics.jsonl").read_text()
    steps = [json.loads(line)["step"] for line in (killed / "metrics.jsonl").read_text().splitlines()]
    assert steps == [*range(3, killed_run.SEGMENTS * 3 - 1, 3), killed_run.SEGMENTS * 3 - 1]
    with np.load(whole / "final.npz") as expected, np.load(killed / "final.npz") as actual:
        for name in expected:
            np.testing.assert_array_equal(actual[name], expected[name])
