"""`--cache`: programs compiled once are taken from the folder, which must be its owner's alone; and completion."""

import dataclasses
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from jax._src import compilation_cache

from research.__main__ import main
from research.commands import cache
from research.experiments import BadConfig, entry
from research.ledger import fingerprints

OPTIONS = (
    "jax_compilation_cache_dir",
    "jax_persistent_cache_min_compile_time_secs",
    "jax_persistent_cache_min_entry_size_bytes",
)


@pytest.fixture
def options() -> Iterator[None]:
    before = {name: getattr(jax.config, name) for name in OPTIONS}
    compilation_cache.reset_cache()
    yield
    for name, value in before.items():
        jax.config.update(name, value)
    compilation_cache.reset_cache()


@pytest.mark.usefixtures("options")
def test_a_program_is_compiled_once_and_then_taken_from_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "programs"
    cache.use(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    asked = []
    jax.monitoring.register_event_listener(lambda name, **_: asked.append(name))

    def compiled() -> None:
        jax.jit(lambda x: jnp.sin(x) * 3.25 + x[::-1])(jnp.arange(7.0))

    try:
        compiled()
        kept = sorted(path.name for path in folder.iterdir() if path.name.endswith("-cache"))
        assert kept
        hits = asked.count("/jax/compilation_cache/cache_hits")
        jax.clear_caches()
        compiled()
        assert asked.count("/jax/compilation_cache/cache_hits") > hits
    finally:
        jax.monitoring.clear_event_listeners()
    assert sorted(path.name for path in folder.iterdir() if path.name.endswith("-cache")) == kept


@pytest.mark.usefixtures("options")
def test_programs_are_lowered_once_for_their_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = entry("threshold_units")
    expected = fingerprints.program_digest(config)
    cache.use(tmp_path / "programs")
    assert fingerprints.program_digest(config) == expected
    with monkeypatch.context() as patch:
        patch.setattr(config.experiment, "programs", None)
        assert fingerprints.program_digest(config) == expected, "lowered again"
    changed = dataclasses.replace(config, config=dataclasses.replace(config.config, dimensions=3))
    assert fingerprints.program_digest(changed) != expected


@pytest.mark.usefixtures("options")
def test_a_folder_that_others_can_write_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for mode in (0o720, 0o702, 0o777):
        tmp_path.chmod(mode)
        with pytest.raises(BadConfig, match="others may write it"):
            cache.use(tmp_path)
    tmp_path.chmod(0o755)
    cache.use(tmp_path)
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(BadConfig, match="belongs to another user"):
        cache.use(tmp_path)
    assert jax.config.jax_compilation_cache_dir == str(tmp_path)  # type: ignore[attr-defined]


def test_without_the_flag_nothing_is_set() -> None:
    before = jax.config.jax_compilation_cache_dir  # type: ignore[attr-defined]
    cache.use(None)
    assert jax.config.jax_compilation_cache_dir == before  # type: ignore[attr-defined]


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache.default_folder() == Path("/caches/research")
    for unset in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", unset)
        assert cache.default_folder() == tmp_path / ".cache" / "research"


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("run x --cache", "run x --cache=/c/research"),
        ("run x --cache --passes 1", "run x --cache=/c/research --passes 1"),
        ("run x --cache ./p --passes 1", "run x --cache=./p --passes 1"),
        ("run x --cache=p", "run x --cache=p"),
        ("reproduce --cache x", "reproduce --cache=/c/research x"),
        ("reproduce --cache ./x.py", "reproduce --cache=/c/research ./x.py"),
        ("reproduce x", "reproduce x"),
    ],
)
def test_the_folder_may_be_left_out(monkeypatch: pytest.MonkeyPatch, words: str, wanted: str) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/c")
    assert cache.with_folder(words.split()) == wanted.split()


@pytest.mark.parametrize("command", [["run", "digits_quick"], ["reproduce", "digits_quick"]])
def test_a_cache_that_others_can_write_is_one_line_before_any_work(
    tmp_path: Path, capsys: Any, command: list[str]
) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    assert main([*command, "--workdir", str(tmp_path / "runs"), "--cache", str(folder)]) == 2
    error = capsys.readouterr().err.strip()
    assert f"chmod go-w {folder}" in error
    assert "\n" not in error
    (tmp_path / "file").write_text("")
    assert main([*command, "--workdir", str(tmp_path / "runs"), f"--cache={tmp_path / 'file'}"]) == 2
    assert "File exists" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("shell", "mark"), [("bash", "complete -F _tyro_research research"), ("zsh", "#compdef research")]
)
def test_completion_is_printed_for_the_word_research(shell: str, mark: str, capsys: Any) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["--tyro-print-completion", shell])
    assert not leaving.value.code
    text = capsys.readouterr().out
    assert mark in text
    assert all(word in text for word in ("reproduce", "predict", "compare", "--workdir", "--cache"))


def test_bash_completes_commands(capsys: Any, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["--tyro-print-completion", "bash"])
    (tmp_path / "completion").write_text(capsys.readouterr().out)
    script = "source completion; COMP_WORDS=(research rep); COMP_CWORD=1; _tyro_research research rep research; "
    script += 'echo "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["reproduce"]
