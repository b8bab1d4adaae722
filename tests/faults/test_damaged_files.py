"""A few damaged data files; `campaign.py` does two hundred."""

import damaged
import damages
import originals
import pytest
import tiny

from research.data import digest


def test_damaged_files_give_one_line_bounded_memory_and_no_data_set():
    done = damaged.damaged(24, seed=0)
    assert done.lost == []
    assert done.files >= 24
    assert done.refused > done.files // 2


@pytest.mark.parametrize(("form", "wrap"), [("idx", "tar"), ("png", "deb"), ("text", "tgz"), ("cifar", "gz")])
def test_files_without_damage_are_whole(form, wrap, tmp_path):
    """Else every damage would be refused for a reason of its own."""
    name = sorted(originals.right(form)[0])[0]
    assert damaged.outcome((form, wrap, name, bytes), tmp_path, honest=True) == ("whole", "")


IDX_0 = b"\0\0\x08\x03" + b"".join(size.to_bytes(4, "big") for size in (2**22, 2**21, 2**21))  # 2^64 is 0 in 64 bits
GIGABYTES = [
    ("idx", "plain", "train-images-idx3-ubyte", lambda _: IDX_0),
    ("idx", "plain", "train-images-idx3-ubyte", damages.idx_header([2**32 - 1] * 3)),
    ("png", "plain", "test_batch.png", damages.png_header(2**31 - 1, 2**31 - 1, 8, 2)),
    ("png", "plain", "test_batch.png", damages.png_bomb(80_000)),  # under Pillow's limit
    ("png", "plain", "test_lables.json", damages.overwrite(0, b"[" * 50_000)),
    ("png", "gz", "wrap", damages.gzip_bomb(2**29)),
    ("idx", "tgz", "wrap", damages.gzip_bomb(2**29)),
    ("idx", "tar", "wrap", damages.tar_header(0, (124, 12), b"\x80" + (2**40).to_bytes(11, "big"))),
    ("text", "plain", "zip.train", damages.overwrite(0, b"nan 1e999 ")),
    ("text", "plain", "zip.train", damages.cut(0)),
]


@pytest.mark.parametrize("case", GIGABYTES, ids=range(len(GIGABYTES)))
def test_a_header_that_announces_gigabytes_is_refused_at_once(case, tmp_path):
    what, why, peak = damaged.traced(case, tmp_path, honest=False)
    assert what == "refused", why
    assert peak < damaged.MEMORY


def test_a_header_of_an_archive_that_announces_gigabytes_is_not_believed(tmp_path):
    """The type x says that the member's content is headers, which tarfile reads whole."""

    def lies(archive: bytes) -> bytes:
        return damages.tar_header(0, (156, 1), b"x")(damages.tar_header(0, (124, 12), b"77777777777")(archive))

    what, why, peak = damaged.traced(("idx", "tar", "wrap", lies), tmp_path, honest=True)
    assert what == "refused"
    assert "a header announces 8589934592 bytes" in why
    assert peak < damaged.MEMORY


def test_other_data_under_the_right_names_are_seen(tmp_path):
    other = tiny.contents(tiny.dataset(seed=1))
    assert digest(tiny.dataset(seed=1)) != digest(tiny.dataset())
    name = "train-images-idx3-ubyte"
    assert damaged.outcome(("idx", "plain", name, lambda _: other[name]), tmp_path, honest=False)[0] == "refused"
