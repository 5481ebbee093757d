"""What a function loads before its first line of work: each package costs the waiting user time."""

import json
import subprocess
import sys

import pytest

from tests.architecture.modules import LAYER, ROOT, modules
from tests.fakes.settings import ENVIRONMENT

_HANDLERS = [f"functions.{module.path.parent.name}.app" for module in modules("functions")]
_NEVER = {"pydantic", "aws_xray_sdk"}
# Powertools imports the bare name of botocore, which costs half a millisecond.
_AT_FIRST_USE = {"boto3", "requests", "segno", "urllib3"}
# What the doors that never call Flinks are given in Lambda; nothing is ever called.
_ENVIRONMENT = {
    **ENVIRONMENT,
    "PYTHONPATH": f"{ROOT}:{LAYER}",
    "AWS_DEFAULT_REGION": "ca-central-1",
    "SIGNING_KEY_ARN": "arn",
    "FLINKS_SECRET_ARN": "arn",
    "STATE_MACHINE_ARN": "arn",
    "EVENT_BUS_NAME": "bus",
    "RESULTS_BUCKET": "bucket",
}


def _loaded_after(code: str) -> set[str]:
    script = f"{code}\nimport sys, json\nprint(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    ran = subprocess.run(
        [sys.executable, "-c", script], env=_ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(json.loads(ran.stdout))


@pytest.mark.parametrize("handler", _HANDLERS)
def test_importing_a_handler_loads_no_client_of_anything(handler: str) -> None:
    loaded = _loaded_after(f"import {handler}")

    assert "reconnect" in loaded
    assert loaded & (_NEVER | _AT_FIRST_USE) == set()


@pytest.mark.parametrize(
    "use_case", ["open_session", "read_session", "read_result", "redirect_webhook", "flinks_webhook"]
)
def test_the_doors_that_never_call_flinks_never_pay_for_an_http_client(use_case: str) -> None:
    loaded = _loaded_after(f"from reconnect.runtime.aws import service\nservice().{use_case}")

    assert "boto3" in loaded
    assert loaded & {"requests", "segno", *_NEVER} == set()


def test_checking_a_redirects_signature_loads_no_http_client_either() -> None:
    loaded = _loaded_after("import reconnect.adapters.secrets")

    assert loaded & {"requests", "segno", *_NEVER} == set()


def test_the_flinks_client_costs_no_package_that_requests_does_not_cost_already() -> None:
    ours = _loaded_after("import reconnect.adapters.flinks.client")

    assert {name for name in ours - _loaded_after("import requests") if name not in sys.stdlib_module_names} == {
        "reconnect"
    }
