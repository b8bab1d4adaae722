"""The helpers of the other tests are found; one server of works for all tests."""

import neighbours  # noqa: F401
import pytest


@pytest.fixture(scope="session")
def ask():
    import kills

    with kills.server() as server:
        yield server
