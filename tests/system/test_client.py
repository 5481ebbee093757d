"""The client for backends, installed alone from its wheel, before the deployed service."""

import re
from pathlib import Path

import pytest

from devtools.service import Service
from tests.architecture.modules import ROOT
from tests.packages.environments import Environment, build, install
from tests.system.support import a_login

_README = (ROOT / "client" / "README.md").read_text()


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    wheel = build(ROOT / "client", tmp_path_factory.mktemp("wheel"))
    return install(tmp_path_factory.mktemp("backend"), wheel)


def test_the_readmes_example_fetches_fresh_data(service: Service, backend: Environment, tmp_path: Path) -> None:
    [example] = re.findall(r"```python\n(.*?)```", _README, re.DOTALL)
    (tmp_path / "theirs.py").write_text(example)
    root = service.engine.credentials

    ran = backend.run(
        *("python", "-I", "theirs.py", a_login(service, "greatday_nomfa")),
        cwd=tmp_path,
        RECONNECT_API_URL=service.api.url,
        AWS_ACCESS_KEY_ID=root.access_key_id,
        AWS_SECRET_ACCESS_KEY=root.secret_access_key,
        AWS_REGION=root.region,
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("SUCCEEDED")
    assert re.search(r"^[1-9]\d* bytes$", ran.stdout, re.MULTILINE)
