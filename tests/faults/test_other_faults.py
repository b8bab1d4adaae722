"""Two runs at once, a clock that goes back, a value that is not a number, files of a future version."""

import others
import pytest


@pytest.mark.parametrize(
    "fault",
    [fault for fault in others.FAULTS if fault != others.a_clock_that_goes_back],
    ids=lambda fault: fault.__name__,
)
def test_nothing_is_lost(ask, fault, tmp_path):
    assert fault(ask, tmp_path) == []


def test_nothing_is_lost_to_a_clock_that_goes_back(ask, tmp_path):
    assert others.a_clock_that_goes_back(ask, tmp_path, ("train", "record")) == []
