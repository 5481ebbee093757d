"""The release before today's, unpacked once."""

import pytest

from tests.compat.release import Release, newest, unpack


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return unpack(newest(), tmp_path_factory.mktemp("release"))
