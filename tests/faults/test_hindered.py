"""A full disk, a folder that is only read, and a limit on files: `campaign.py` tries more."""

import hindered
import pytest


@pytest.mark.parametrize("by", ["full", "read only", "limit"])
@pytest.mark.parametrize("work", ["prepare", "record", "report"])
def test_a_work_without_room_says_so_and_goes_on_once_there_is_some(ask, work, by, tmp_path):
    try:
        done = hindered.hinder(ask, work, 2 if by == "full" else 1, tmp_path, 0, by)
    except hindered.NotPermitted as error:
        pytest.skip(str(error))
    assert done.lost == []
    assert done.refused > 0


def test_a_training_without_room_says_so_and_goes_on_once_there_is_some(ask, tmp_path):
    """The second time there is room for a part of a checkpoint, and Orbax would log a traceback."""
    try:
        done = hindered.hinder(ask, "train", 2, tmp_path, 0, "full")
    except hindered.NotPermitted:
        done = hindered.hinder(ask, "train", 2, tmp_path, 0, "limit")
    assert done.lost == []
    assert done.refused == 2
