"""The damages that hypothesis draws: of a file, of what it comes wrapped in, of prepared records."""

from typing import Any

from damages import (
    cut,
    drop,
    extend,
    flip,
    gzip_bomb,
    gzip_length,
    idx_header,
    longer,
    overwrite,
    png_bomb,
    png_header,
    png_text,
    tar_header,
)
from hypothesis import strategies as st
from originals import FORMATS, right

PLACE, SIZE = st.integers(0, 2**16), st.sampled_from([0, 1, 2**16, 2**21, 2**22, 2**31 - 1, 2**31, 2**32 - 1])
WORDS = st.sampled_from([b"nan", b"inf", b"1e999", b"#", b"\0", b"\xff", b'"', b"-1", b"\n", b"9" * 5000, b"[" * 50000])
PLAIN = st.one_of(
    st.builds(flip, PLACE, st.integers(1, 255)),
    st.builds(cut, PLACE),
    st.builds(
        extend, st.one_of(st.binary(min_size=1, max_size=40), st.builds(bytes, st.sampled_from([1, 4096, 2**20])))
    ),
    st.builds(overwrite, PLACE, st.one_of(st.binary(min_size=1, max_size=16), WORDS)),
    st.builds(drop, PLACE, st.integers(1, 64)),
)

INSIDE = {
    "idx": st.one_of(PLAIN, st.builds(idx_header, st.lists(SIZE, min_size=3, max_size=3))),
    "cifar": PLAIN,
    "png": st.one_of(
        PLAIN,
        st.builds(png_header, SIZE, SIZE, st.sampled_from([1, 8, 16, 99]), st.sampled_from([0, 2, 3, 6, 77])),
        st.builds(png_header, st.just(1024), st.sampled_from([5, 9999, 10**5, 2**31 - 1]), st.just(8), st.just(2)),
        st.builds(png_bomb, st.sampled_from([3, 20_000, 100_000])),
        st.builds(png_text, st.sampled_from([2**10, 2**27])),
    ),
    "text": st.one_of(PLAIN, st.builds(longer, st.sampled_from([1, 1000]))),
}

TAR_SIZES = st.sampled_from(
    [b"77777777777", b"00000000000", b"\x80" + (2**40).to_bytes(11, "big"), b"\xff" * 12, b"-0000000001", b"abc"]
)
TAR = st.one_of(
    PLAIN,
    st.builds(tar_header, PLACE, st.just((124, 12)), TAR_SIZES),
    st.builds(
        tar_header, PLACE, st.just((156, 1)), st.sampled_from([b"x", b"g", b"L", b"K", b"S", b"1", b"2", b"5", b"\xff"])
    ),
    st.builds(tar_header, PLACE, st.just((0, 100)), st.binary(max_size=100)),
)
GZIP = st.one_of(PLAIN, st.builds(gzip_length, SIZE), st.builds(gzip_bomb, st.just(2**29)))
WRAPS = ("plain", "gz", "tar", "tgz", "deb", "records")
RECORDS = (
    "dataset_info.json",
    "features.json",
    "label.labels.txt",
    "research_images-train.array_record-00000-of-00001",
    "research_images-test.array_record-00000-of-00001",
)


@st.composite
def cases(draw: Any) -> tuple[str, str, str, Any]:
    """Format, what it is wrapped in, what is damaged (a file, or the wrap), and the damage."""
    form, wrap = draw(st.sampled_from(sorted(FORMATS))), draw(st.sampled_from(WRAPS))
    if wrap == "records":
        return "idx", wrap, draw(st.sampled_from(RECORDS)), draw(PLAIN)
    layer = draw(st.sampled_from(["file", "file", *(["wrap"] if wrap != "plain" else [])]))
    if layer == "file":
        names = sorted(right(form)[0])
        if draw(st.integers(0, 9)) == 0:
            return form, wrap, "swap", draw(st.permutations(names))
        return form, wrap, draw(st.sampled_from(names)), draw(INSIDE[form])
    return form, wrap, "wrap", draw({"gz": GZIP, "tar": TAR, "tgz": st.one_of(GZIP, TAR), "deb": PLAIN}[wrap])
