"""Preparation: whole or not at all, once; and reading back."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import tiny
from tiny import left_in, quiet

from research.data import DataError, MissingData, digest
from research.data.preparation import prepare_described
from research.data.storage import load_described, record_folder
from research.data.workplace import workplace


def test_prepared_data_comes_back_in_order_and_a_second_time_there_is_no_work(source, data_dir):
    description, told = tiny.description(), []
    done = prepare_described(description, source, data_dir, lambda *what: told.append(what))
    assert not done.already
    assert done.path == record_folder(description, data_dir)
    assert done.origin == str(source)
    assert done.size > 0
    assert ("reading train-labels-idx1-ubyte", 4, 4) in told
    assert ("writing records", 7, 12) in told
    assert digest(load_described(description, data_dir)) == digest(tiny.dataset())

    shutil.rmtree(source)
    written = {path: path.stat().st_mtime_ns for path in data_dir.rglob("*")}
    again = prepare_described(description, source, data_dir, quiet)
    assert again.already
    assert again.path == done.path
    assert written == {path: path.stat().st_mtime_ns for path in data_dir.rglob("*")}


def fault(name, change):
    def alter(files):
        return files | {name: change(files[name])}

    return alter


def swap(one, other):
    return lambda files: files | {one: files[other], other: files[one]}


@pytest.mark.parametrize(
    ("alter", "message"),
    [
        (fault(tiny.NAMES[0], lambda c: c[:20]), "truncated"),
        (fault(tiny.NAMES[1], lambda c: c[:-1] + b"\x63"), "altered content"),
        (swap(tiny.NAMES[0], tiny.NAMES[1]), "swapped"),
        (swap(tiny.NAMES[0], tiny.NAMES[2]), "swapped"),
        (lambda files: {tiny.NAMES[0]: files[tiny.NAMES[0]]}, "lacks train-labels"),
    ],
)
def test_wrong_files_give_one_line_and_leave_nothing(tmp_path, data_dir, alter, message):
    source = tiny.write(tmp_path / "source", alter(tiny.contents(tiny.dataset())))
    with pytest.raises(DataError, match=message) as caught:
        prepare_described(tiny.description(), source, data_dir, quiet)
    assert "\n" not in str(caught.value)
    assert left_in(data_dir) == []


def test_labels_out_of_range_leave_nothing(tmp_path, data_dir):
    files = tiny.contents(tiny.dataset())
    files[tiny.NAMES[3]] = tiny.idx_bytes(np.array([0, 1, 2, 3, 10]))
    source = tiny.write(tmp_path / "source", files)
    with pytest.raises(DataError, match="test labels run from 0 to 10"):
        prepare_described(tiny.with_digests_of(files), source, data_dir, quiet)
    assert left_in(data_dir) == []


def test_a_preparation_spares_other_data_sets(source, data_dir):
    other = data_dir / "research_images" / "other" / "1.0.0"
    other.mkdir(parents=True)
    with pytest.raises(DataError):
        prepare_described(tiny.description(), source / "nowhere", data_dir, quiet)
    assert left_in(data_dir) == ["research_images", "research_images/other", "research_images/other/1.0.0"]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        RuntimeError("write() failed: No space left on device; writing"),
    ],
)
def test_a_full_disk_gives_one_line_and_leaves_nothing(source, data_dir, monkeypatch, error):
    from array_record.python import array_record_module

    def full(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(array_record_module.ArrayRecordWriter, "close", full)
    with pytest.raises(DataError, match=r"tiny.* could not be written \(No space left on device\)") as caught:
        prepare_described(tiny.description(), source, data_dir, quiet)
    assert "\n" not in str(caught.value)
    assert left_in(data_dir) == []


def test_a_data_folder_that_is_a_file_is_named(source, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"file/research_images.*could not be written"):
        prepare_described(tiny.description(), source, tmp_path / "file", quiet)


KILLED = """
import os, signal, sys, tiny
from pathlib import Path
from research.data.preparation import prepare_described
def die(what, done, total):
    if what == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
prepare_described(tiny.description(), Path(sys.argv[1]), Path(sys.argv[2]), die)
"""


@pytest.mark.parametrize("moment", ["writing records", "verifying records"])
def test_a_killed_preparation_leaves_nothing_prepared_and_the_next_one_succeeds(source, data_dir, moment):
    python_path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[2])])
    command = [sys.executable, "-c", KILLED, str(source), str(data_dir), moment]
    child = subprocess.run(command, env=os.environ | {"PYTHONPATH": python_path}, check=False, capture_output=True)
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert (data_dir / "research_images" / ".incomplete").exists()
    with pytest.raises(MissingData, match="tiny is not prepared; run: python -m research data prepare tiny"):
        load_described(tiny.description(), data_dir)

    assert not prepare_described(tiny.description(), source, data_dir, quiet).already
    assert [path for path in left_in(data_dir) if "incomplete" in path or "lock" in path] == []


def test_two_preparations_at_once_wait_for_each_other(source, data_dir):
    done = []

    def work():
        done.append(prepare_described(tiny.description(), source, data_dir, quiet))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.already for result in done) == [False, True, True]


def test_the_lock_outlives_the_file_that_its_last_owner_removed(tmp_path):
    second_waits, second_works, second_may_go, third_waits = (threading.Event() for _ in range(4))

    def work(waits, works, may_go):
        with workplace(tmp_path / "records", lambda *_: waits.set()):
            works.set()
            assert may_go.wait(10)

    second = threading.Thread(target=work, args=(second_waits, second_works, second_may_go))
    third = threading.Thread(target=work, args=(third_waits, threading.Event(), second_may_go))
    with workplace(tmp_path / "records", tiny.quiet):
        second.start()
        assert second_waits.wait(10)
    assert second_works.wait(10)
    third.start()
    assert third_waits.wait(10)
    second_may_go.set()
    second.join()
    third.join()
    assert left_in(tmp_path) == []


def test_damaged_records_are_an_error_that_names_the_command_which_repairs_them(source, data_dir):
    description = tiny.description()
    prepare_described(description, source, data_dir, quiet)
    records = next(record_folder(description, data_dir).glob("*train*"))
    content = bytearray(records.read_bytes())
    place = content.find(tiny.dataset().train.images[3].tobytes())
    content[place if place > 0 else len(content) // 2] ^= 1
    records.write_bytes(content)
    with pytest.raises(DataError, match="python -m research data prepare tiny"):
        load_described(description, data_dir)
    assert not prepare_described(description, source, data_dir, quiet).already
    assert digest(load_described(description, data_dir)) == description.digest


def test_records_of_other_content_are_an_error(source, data_dir, tmp_path):
    other = tiny.description(tiny.dataset(seed=1))
    prepare_described(tiny.description(), source, data_dir, quiet)
    with pytest.raises(DataError, match=f"SHA-256 {tiny.description().digest[:12]}, {other.digest[:12]} is expected"):
        load_described(other, data_dir)
