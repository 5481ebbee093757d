"""What a function loads and makes before it starts to work: each package costs the waiting user time."""

import ast
import json
import subprocess
import sys
from dataclasses import fields

from devtools.bench.cold_stub import EVENTS
from reconnect.model.brand import Brand
from tests.architecture.modules import LAYER, ROOT, modules
from tests.fakes.settings import ENVIRONMENT

_HANDLERS = [f"functions.{module.path.parent.name}.app" for module in modules("functions")]
_NEVER = {"pydantic", "aws_xray_sdk"}
# Powertools imports the bare name of botocore, which costs half a millisecond.
_AT_FIRST_USE = {"boto3", "requests", "urllib3"}
# The environment of the endpoints that never call Flinks; the tests make no call at all.
_ENVIRONMENT = {
    **ENVIRONMENT,
    "PYTHONPATH": f"{ROOT}:{LAYER}",
    "AWS_DEFAULT_REGION": "ca-central-1",
    "SIGNING_KEY_ARN": "arn",
    "FLINKS_SECRET_ARN": "arn",
    "IDEMPOTENCY_KEY_ARN": "arn",
    "WEBHOOK_SECRET_ARN": "arn",
    "STATE_MACHINE_ARN": "arn",
    "BATCH_MACHINE_ARN": "arn",
    "EVENT_BUS_NAME": "bus",
    "RESULTS_BUCKET": "bucket",
    "DELAYED_REQUESTS_URL": "queue",
    **{f"BRAND_{field.name.upper()}": "" for field in fields(Brand)},
}


# Forks a child for each piece of code, before anything is imported that a handler could load.
_FORKS = """
import json, os, sys
for code in json.load(sys.stdin):
    child = os.fork()
    if not child:
        exec(code)
        print(json.dumps([code, sorted(sys.modules)]), flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"failed: {code}")
"""


# The same in Lambda, where what was made and called is told too.
_IN_LAMBDA = """
import os
os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand"
import json, boto3, botocore.client
make, made, called = boto3.client, [], []
boto3.client = lambda name, **options: made.append(name) or make(name, **options)
botocore.client.BaseClient._make_api_call = lambda client, name, arguments: called.append(name)
import {handler}
print(json.dumps([made, called]), file=sys.stderr)
"""


def _run(*codes: str) -> "subprocess.CompletedProcess[str]":
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
    return ran


def _loaded_after(*codes: str) -> dict[str, set[str]]:
    """Map each piece of code to the top-level packages that a fresh interpreter has loaded after it."""
    return {code: {name.partition(".")[0] for name in names} for code, names in _modules_after(*codes).items()}


def _modules_after(*codes: str) -> dict[str, set[str]]:
    return {code: set(loaded) for code, loaded in map(json.loads, _run(*codes).stdout.splitlines())}


def test_the_cold_start_of_every_function_is_counted() -> None:
    assert sorted(EVENTS) == sorted(handler.split(".")[1] for handler in _HANDLERS)


def test_no_class_of_the_layer_has_methods_that_are_compiled_at_import() -> None:
    written = [
        f"{module.name}:{node.lineno}"
        for module in modules("model", "rules", "ports", "views", "usecases", "adapters", "page", "runtime")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node).startswith("dataclass(frozen=True")
    ]

    assert written == []


def test_outside_lambda_importing_a_handler_loads_no_client_library() -> None:
    loaded = _loaded_after(*(f"import {handler}" for handler in _HANDLERS))

    assert len(loaded) == len(_HANDLERS)
    assert [code for code, packages in loaded.items() if "reconnect" not in packages] == []
    early = {code: packages & (_NEVER | _AT_FIRST_USE) for code, packages in loaded.items()}
    assert {code: packages for code, packages in early.items() if packages} == {}


def test_a_function_has_made_its_clients_and_called_nobody_before_its_first_event() -> None:
    ran = _run(*(_IN_LAMBDA.format(handler=handler) for handler in _HANDLERS))

    found = dict(zip(_HANDLERS, map(json.loads, ran.stderr.splitlines()), strict=True))
    assert [handler for handler, (made, _) in found.items() if len(made) != len(set(made)) or not made] == []
    assert [handler for handler, (_, called) in found.items() if called] == []


def test_polls_need_no_secret_and_make_no_client_for_one() -> None:
    ran = _run(_IN_LAMBDA.format(handler="functions.poll_authorize.app"))

    assert "secretsmanager" not in ran.stderr


def test_a_function_loads_no_other_functions_use_case() -> None:
    codes = {_IN_LAMBDA.format(handler=handler): handler.split(".")[1] for handler in _HANDLERS}
    loaded = {codes[code]: modules for code, modules in _modules_after(*codes).items()}

    foreign = {
        name: {other for other in set(codes.values()) - {name} if f"reconnect.usecases.{other}" in modules}
        for name, modules in loaded.items()
    }
    # The sweeper settles late reads as fetch_accounts does; a start polls; an ending is part of what stops a session.
    allowed = {
        "sweep_sessions": {"fetch_accounts", "close_session"},
        "start_authorize": {"poll_authorize"},
        # A batch opens sessions.
        "run_batch": {"open_session"},
        "cancel_session": {"close_session"},
        "erase_login": {"close_session"},
    }
    excess = {name: found - allowed.get(name, set()) for name, found in foreign.items()}
    assert {name: found for name, found in excess.items() if found} == {}
    assert [name for name, modules in loaded.items() if "reconnect.page.render" in modules] == ["connect_page"]


def test_the_page_loads_the_search_for_the_next_bank_only_when_it_is_needed() -> None:
    (loaded,) = _modules_after(_IN_LAMBDA.format(handler="functions.connect_page.app")).values()

    assert loaded & {"reconnect.usecases.next_bank", "reconnect.adapters.dynamodb.named_sessions"} == set()


def test_what_writes_a_report_is_loaded_only_when_a_batch_ends() -> None:
    codes = {_IN_LAMBDA.format(handler=handler) for handler in _HANDLERS}
    writers = {"reconnect.adapters.report_forms", "reconnect.adapters.parquet"}

    assert {name for loaded in _modules_after(*codes).values() for name in loaded} & writers == set()


def test_functions_that_never_call_flinks_load_no_http_client() -> None:
    names = (
        "open_session",
        "read_session",
        "read_result",
        "redirect_webhook",
        "flinks_webhook",
        "cancel_session",
        "help_user",
        "find_sessions",
        "open_batch",
        "run_batch",
        "close_session",
        "deliver_events",
        "roll_up_endings",
    )
    loaded = _loaded_after(*(_IN_LAMBDA.format(handler=f"functions.{name}.app") for name in names))

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
