import jax.numpy as jnp

from research.training.loop import drop_lines, means


def test_means_of_seeds_leave_out_the_frozen():
    metrics = {"loss": jnp.array([[1.0, jnp.nan, 5.0], [3.0, jnp.nan, 5.0]])}
    assert means(metrics, jnp.array([-1, 0, -1])) == {"frozen": 1, "loss": 3.5, "loss_low": 2.0, "loss_high": 5.0}
    assert means(metrics, jnp.array([3, 0, 2])) == {"frozen": 3}


def test_drop_lines_leaves_other_trainings_and_no_garbled_lines(tmp_path):
    path = tmp_path / "metrics.jsonl"
    lines = [
        '{"train": "a", "step": 9}\n',
        '{"train": "b", "step": 1}\n',
        '{"note": 3}\n',
        '{"train": "b", "step": 2}\n',
    ]
    path.write_text("".join(lines))
    drop_lines(path, "b", 1)
    assert path.read_text() == "".join(lines[:3])
    garbled = [b"\x00\x00\n", b"\xff\xfe{\n", b"[1]\n", b"3\n", b"\n", b'{"train": "b"}\n', b'{"train": "b", "step": "']
    path.write_bytes(garbled[0].join(line.encode() for line in lines) + b"".join(garbled))
    drop_lines(path, "b", 1)
    assert path.read_text() == "".join(lines[:3])
    drop_lines(tmp_path / "none.jsonl", "b", 1)
    assert not (tmp_path / "none.jsonl").exists()
