"""What a function loads before it starts to work: each package costs the waiting user time."""

import json
import subprocess
import sys

from tests.architecture.modules import LAYER, ROOT, modules
from tests.fakes.settings import ENVIRONMENT

_HANDLERS = [f"functions.{module.path.parent.name}.app" for module in modules("functions")]
_NEVER = {"pydantic", "aws_xray_sdk"}
# Powertools imports the bare name of botocore, which costs half a millisecond.
_AT_FIRST_USE = {"boto3", "requests", "segno", "urllib3"}
# The environment of the endpoints that never call Flinks; the tests make no call at all.
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


# Forks a child for each piece of code, before anything is imported that a handler could load.
_FORKS = """
import json, os, sys
for code in json.load(sys.stdin):
    child = os.fork()
    if not child:
        exec(code)
        print(json.dumps([code, sorted({name.partition('.')[0] for name in sys.modules})]), flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"failed: {code}")
"""


def _loaded_after(*codes: str) -> dict[str, set[str]]:
    """Map each piece of code to the top-level packages that a fresh interpreter has loaded after it."""
    ran = subprocess.run(
        [sys.executable, "-c", _FORKS],
        input=json.dumps(codes),
        env=_ENVIRONMENT,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return {code: set(loaded) for code, loaded in map(json.loads, ran.stdout.splitlines())}


def test_importing_a_handler_loads_no_client_library() -> None:
    loaded = _loaded_after(*(f"import {handler}" for handler in _HANDLERS))

    assert len(loaded) == len(_HANDLERS)
    assert [code for code, packages in loaded.items() if "reconnect" not in packages] == []
    early = {code: packages & (_NEVER | _AT_FIRST_USE) for code, packages in loaded.items()}
    assert {code: packages for code, packages in early.items() if packages} == {}


def test_endpoints_that_never_call_flinks_load_no_http_client() -> None:
    use_cases = ("open_session", "read_session", "read_result", "redirect_webhook", "flinks_webhook")
    loaded = _loaded_after(*(f"from reconnect.runtime.aws import service\nservice().{name}" for name in use_cases))

    assert [code for code, packages in loaded.items() if "boto3" not in packages] == []
    assert {
        code: found for code, packages in loaded.items() if (found := packages & {"requests", "segno", *_NEVER})
    } == {}


def test_checking_a_redirects_signature_loads_no_http_client() -> None:
    (loaded,) = _loaded_after("import reconnect.adapters.secrets").values()

    assert loaded & {"requests", "segno", *_NEVER} == set()


def test_the_flinks_client_loads_no_package_beyond_those_of_requests() -> None:
    ours, theirs = _loaded_after("import reconnect.adapters.flinks.client", "import requests").values()

    assert {name for name in ours - theirs if name not in sys.stdlib_module_names} == {"reconnect"}
