"""The registries' clients: what they bring, and each way in which they fail."""

import os
import tarfile

import pytest
import tiny
from tiny import left_in, quiet

from research.data import DataError, digest
from research.data.catalogue import Package
from research.data.clients import fetch
from research.data.preparation import prepare_described
from research.data.storage import load_described


def test_the_registry_is_asked_by_npm(source, data_dir, client, tmp_path):
    archive = tmp_path / "tiny-1.0.0.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(source, "package")
    client("npm", f'[ "$1 $2" = "pack tiny@1.0.0" ] && cp {archive} .')
    done = prepare_described(tiny.description(), "registry", data_dir, quiet)
    assert done.origin == "npm tiny@1.0.0"
    assert digest(load_described(tiny.description(), data_dir)) == digest(tiny.dataset())


def test_the_registry_is_asked_by_apt(source, client, tmp_path):
    archive = tmp_path / "tiny.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(source, "usr/share")
    client("apt-get", f'[ "$1 $2" = "download tiny" ] && cp {archive} tiny_1_all.deb')
    client("dpkg-deb", '[ "$1" = "--fsys-tarfile" ] && cat "$2"')
    folder = tmp_path / "work"
    folder.mkdir()
    fetched = fetch(Package("apt-get", "tiny"), folder, lambda _: None)
    assert fetched.read_bytes() == archive.read_bytes()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'npm error code ENOTFOUND' >&2; exit 1", r"npm pack tiny@1\.0\.0 failed \(npm error code ENOTFOUND\)"),
        ("exit 3", "it said nothing"),
        ("exit 0", r"left 0 files \*\.tgz"),
        ("echo broken > tiny.tgz", "not a whole tar archive"),
    ],
)
def test_a_client_that_fails_gives_one_line_and_leaves_nothing(data_dir, client, script, message):
    client("npm", script)
    with pytest.raises(DataError, match=message) as caught:
        prepare_described(tiny.description(), "registry", data_dir, quiet)
    assert "\n" not in str(caught.value)
    assert left_in(data_dir) == []


def test_a_package_that_apt_does_not_know_names_the_remedy(tmp_path, client):
    client("apt-get", "echo 'W: noise' >&2; echo 'E: Unable to locate package tiny' >&2; exit 100")
    with pytest.raises(DataError, match=r"\(E: Unable to locate package tiny\).*apt-get update"):
        fetch(Package("apt-get", "tiny"), tmp_path, lambda _: None)


def test_a_client_that_is_not_installed_is_named(data_dir, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match=r"npm is not installed.*--from FOLDER"):
        prepare_described(tiny.description(), "registry", data_dir, quiet)
    assert left_in(data_dir) == []


def test_a_client_that_gets_no_answer_is_ended(data_dir, client, tmp_path):
    client("npm", f"echo $$ > {tmp_path}/pid; exec sleep 60")
    with pytest.raises(DataError, match=r"npm pack tiny@1\.0\.0 got no answer for 0\.5 s"):
        prepare_described(tiny.description(), "registry", data_dir, quiet, patience=0.5)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert left_in(data_dir) == []


def test_a_slow_client_that_goes_on_receiving_lives(tmp_path, client):
    client("npm", "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo more >> tiny.tgz; sleep 0.2; done")
    sizes = []
    assert fetch(Package("npm", "tiny"), tmp_path, sizes.append, patience=1.0).name == "tiny.tgz"
    assert sizes == sorted(set(sizes))
    assert len(sizes) > 3
