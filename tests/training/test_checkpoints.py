from contextlib import closing

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small_network as net

from research.training.checkpoints import Checkpoints

ADAM = optax.adam(1e-2)


def state(step: int, seed: int = 0):
    return net.states(2, ADAM).replace(step=jnp.full(2, step, jnp.int32), stopped=jnp.array([-1, seed], jnp.int32))


def assert_same(actual, expected):
    assert jax.tree.structure(actual) == jax.tree.structure(expected)
    for a, b in zip(jax.tree.leaves(actual), jax.tree.leaves(expected), strict=True):
        assert a.dtype == b.dtype
        raw = [jax.random.key_data(x) if jnp.issubdtype(x.dtype, jax.dtypes.prng_key) else x for x in (a, b)]
        np.testing.assert_array_equal(*raw)


RECORDS = {
    "record cut": lambda text: text[:-9],
    "record {}": lambda text: "{}",
    "record list": lambda text: "[]",
    "record empty": lambda text: "",
    "record without leaves": lambda text: text.replace("leaves", "heaves"),
    "record garbled": lambda text: "\x00\x17{" + text,
    "record not text": lambda text: b"\xff\xfe" + text.encode(),
}
WAYS = [*RECORDS, "arrays cut", "arrays bit", "all cut", "all emptied", "one emptied", "metrics cut", "no commit file"]


def damage(folder, how):
    """Cuts files of a checkpoint to 10 bytes, turns a bit in each, empties or removes them, or garbles its record."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if how in RECORDS:
        record = folder.parents[1] / f"{folder.name}.json"
        content = RECORDS[how](record.read_text())
        record.write_bytes(content if isinstance(content, bytes) else content.encode())
        return
    chosen = {
        "arrays": [path for path in files if path.parent.name == "d"],
        "all": files,
        "one": files[:1],
        "metrics": [path for path in files if path.name == "metrics"],
        "no": [folder / "commit_success.txt"],
    }[how.split()[0]]
    assert chosen
    for path in chosen:
        content = bytearray(path.read_bytes())
        if how == "no commit file":
            path.unlink()
        elif how == "arrays bit":
            content[len(content) // 2] ^= 1
            path.write_bytes(content)
        else:
            path.write_bytes(content[: 10 if how.endswith("cut") else 0])


def test_round_trip_with_typed_keys(tmp_path):
    with closing(Checkpoints(tmp_path / "c")) as checkpoints:
        assert checkpoints.restore(state(0)) is None
        checkpoints.save(3, state(3, seed=2))
    with closing(Checkpoints(tmp_path / "c")) as checkpoints:
        restored = checkpoints.restore(state(0))
    assert_same(restored, state(3, seed=2))
    assert jnp.issubdtype(restored.key.dtype, jax.dtypes.prng_key)


def test_keeps_the_last_and_the_best(tmp_path):
    with closing(Checkpoints(tmp_path / "c", keep=2)) as checkpoints:
        checkpoints.save(0, state(0))
        for step, error in [(1, 0.5), (2, 0.3), (3, float("nan")), (4, 0.2), (5, 0.9), (6, 0.8)]:
            checkpoints.save(step, state(step), {"error": error, "other": -error})
    with closing(Checkpoints(tmp_path / "c", keep=2)) as checkpoints:
        assert checkpoints.steps() == [4, 5, 6]
        best = checkpoints.restore_best(state(0))
        assert best is not None
        assert int(best.step[0]) == 4
        newest = checkpoints.restore(state(0))
        assert newest is not None
        assert int(newest.step[0]) == 6


@pytest.mark.parametrize("how", WAYS)
def test_damaged_newest_falls_back_with_a_warning(tmp_path, how):
    """Found when the folder is opened, before Orbax reads it."""
    with closing(Checkpoints(tmp_path / "c")) as checkpoints:
        checkpoints.save(1, state(1), {"error": 0.5})
        checkpoints.save(2, state(2), {"error": 0.2})
    damage(tmp_path / "c" / "states" / "2", how)
    with pytest.warns(UserWarning, match=r"checkpoint .*states/2 is damaged and now 2\.damaged; [a-z ]*$"):
        checkpoints = Checkpoints(tmp_path / "c")
    with closing(checkpoints):
        assert checkpoints.steps() == [1]
        assert_same(checkpoints.restore(state(0)), state(1))
        assert_same(checkpoints.restore_best(state(0)), state(1))
        checkpoints.save(2, state(2, seed=5))
        assert_same(checkpoints.restore(state(0)), state(2, seed=5))


@pytest.mark.parametrize("restore", ["restore", "restore_best"])
def test_damaged_while_open_falls_back_with_a_warning(tmp_path, restore):
    with closing(Checkpoints(tmp_path / "c")) as checkpoints:
        checkpoints.save(1, state(1), {"error": 0.5})
        checkpoints.save(2, state(2), {"error": 0.2})
        damage(tmp_path / "c" / "states" / "2", "arrays cut")
        with pytest.warns(UserWarning, match="is damaged"):
            assert_same(getattr(checkpoints, restore)(state(0)), state(1))


def test_all_damaged_starts_anew(tmp_path):
    with closing(Checkpoints(tmp_path / "c")) as checkpoints:
        checkpoints.save(1, state(1))
        damage(tmp_path / "c" / "states" / "1", "all cut")
        with pytest.warns(UserWarning, match="is damaged"):
            assert checkpoints.restore(state(0)) is None


def test_other_configuration_is_an_error_that_names_the_leaf(tmp_path):
    with closing(Checkpoints(tmp_path / "c")) as checkpoints:
        checkpoints.save(1, state(1))
        other = state(0).replace(params={**state(0).params, "second": jnp.zeros((2, 8, 4))})
        with pytest.raises(ValueError, match=r"second is float32\[2, 8, 3\], expected float32\[2, 8, 4\]"):
            checkpoints.restore(other)
        with pytest.raises(ValueError, match=r"opt_state\.0\.count is int32\[2\], expected nothing"):
            checkpoints.restore(net.states(2))
        assert checkpoints.steps() == [1]


def test_half_written_checkpoint_is_ignored(tmp_path):
    with closing(Checkpoints(tmp_path / "c")) as checkpoints:
        checkpoints.save(1, state(1))
    half = tmp_path / "c" / "states" / "2.orbax-checkpoint-tmp-0"
    (half / "state").mkdir(parents=True)
    (half / "state" / "manifest.ocdbt").write_bytes(b"torn")
    with closing(Checkpoints(tmp_path / "c")) as checkpoints:
        assert checkpoints.steps() == [1]
        assert_same(checkpoints.restore(state(0)), state(1))
        checkpoints.save(2, state(2))
        assert checkpoints.steps() == [1, 2]
    (tmp_path / "c" / "2.json").unlink()  # killed before the record
    with closing(Checkpoints(tmp_path / "c")) as checkpoints:
        assert_same(checkpoints.restore(state(0)), state(1))
        checkpoints.save(2, state(2, seed=5))
        assert_same(checkpoints.restore(state(0)), state(2, seed=5))
    assert sorted(path.name for path in (tmp_path / "c").glob("*.json")) == ["1.json", "2.json"]


def test_a_deletion_that_is_killed_leaves_nothing_that_looks_like_a_checkpoint(tmp_path, monkeypatch):
    """The process ends while the files of a checkpoint that is kept no longer are deleted."""
    monkeypatch.setattr(Checkpoints, "_remove", lambda self: None)  # killed before the first file is deleted
    with closing(Checkpoints(tmp_path, keep=1)) as checkpoints:
        checkpoints.save(1, state(1))
        checkpoints.save(2, state(2))
    assert not (tmp_path / "states" / "1").exists()
    assert (tmp_path / "states" / "removed").is_dir()  # moved there in one go, not deleted file by file
    monkeypatch.undo()
    with closing(Checkpoints(tmp_path, keep=1)) as checkpoints:
        assert checkpoints.steps() == [2]
        assert_same(checkpoints.restore(state(0)), state(2))
    assert {path.name for path in (tmp_path / "states").iterdir()} == {"2"}
    assert {path.name for path in tmp_path.iterdir()} == {"states", "2.json"}
