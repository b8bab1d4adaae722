"""A few kills of each work; `campaign.py` does a hundred."""

import kills
import pytest


@pytest.mark.parametrize(("work", "number"), [("train", 2), ("prepare", 3), ("record", 3), ("report", 2)])
def test_a_killed_work_loses_nothing_and_ends_with_the_same_bits(ask, work, number, tmp_path):
    done = kills.kill(ask, work, number, tmp_path, 0, lambda _: None)
    assert done.lost == []
    assert done.hits == number


def test_a_file_that_is_half_written_lost_or_left_over_is_seen(tmp_path):
    old, new = {"a.json": b"old", "b.json": b"both"}, {"a.json": b"new", "b.json": b"both"}
    (tmp_path / "a.json").write_bytes(b"ne")
    (tmp_path / "c.png").write_bytes(b"")
    assert kills.faults("record", tmp_path, old, new) == [
        "a.json is half written (2 bytes)",
        "b.json is lost",
        "c.png is half written (0 bytes)",
    ]


def test_a_metric_line_that_is_not_of_the_whole_run_is_seen(tmp_path):
    new = {"metrics.jsonl": b"1\n2\n3\n"}
    (tmp_path / "metrics.jsonl").write_bytes(b"1\n2")
    assert kills.faults("train", tmp_path, {}, new) == []
    (tmp_path / "metrics.jsonl").write_bytes(b"1\n3\n")
    assert kills.faults("train", tmp_path, {}, new) == ["metrics.jsonl has other lines"]
