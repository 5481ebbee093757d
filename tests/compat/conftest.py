"""The previous release, unpacked once."""

import pytest

from tests.compat.release import Release, unpack, versions


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return unpack(versions()[-1], tmp_path_factory.mktemp("release"))
