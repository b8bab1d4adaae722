"""Tiny files, a data folder, and clients of ours before the registries' own on PATH."""

import os

import pytest
import tiny


@pytest.fixture
def source(tmp_path):
    return tiny.write(tmp_path / "source", tiny.contents(tiny.dataset()))


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def client(tmp_path, monkeypatch):
    """Puts a shell script of ours before the registries' clients on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def write(name, script):
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    return write
