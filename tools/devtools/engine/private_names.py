"""The private names that this package uses, each with its reason, and the check that they still exist."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PINNED_VERSIONS = {"ministack": "1.5.33", "moto": "5.2.5"}

_SFN = "ministack.services.stepfunctions"
_LAMBDA = "ministack.services.lambda_svc"
_PARSER = "moto.stepfunctions.parser"
_STATE_TASK = f"{_PARSER}.asl.component.state.exec.state_task"


@dataclass(frozen=True)
class PrivateName:
    """A private attribute of another package's module, and why we need it."""

    module: str
    attribute: str
    purpose: str

    def __str__(self) -> str:
        return f"{self.module}:{self.attribute}"

    def load(self) -> Any:
        """Return the object; dots in the attribute lead into classes."""
        return reduce(getattr, self.attribute.split("."), import_module(self.module))


ENGINE_MAIN = PrivateName("ministack.app", "main", "runs the engine's HTTP server")
SFN_REQUEST = PrivateName(_SFN, "handle_request", "wrapped: this package handles the calls about executions")
SFN_START = PrivateName(_SFN, "_start_execution", "starts executions for EventBridge and Pipes targets")
SFN_STATUS_EVENT = PrivateName(
    _SFN, "_emit_execution_status_event", "publishes on the default bus how an execution ended"
)
SFN_MACHINES = PrivateName(_SFN, "_state_machines", "holds the definitions CloudFormation deployed")
SFN_VERSIONS = PrivateName(_SFN, "_state_machine_versions", "holds the definition of each published version")
SFN_ALIASES = PrivateName(_SFN, "_state_machine_aliases", "tells the version behind an alias")
SFN_PUBLISH = PrivateName(_SFN, "_publish_state_machine_version", "publishes a version for CloudFormation")
SFN_CREATE_ALIAS = PrivateName(_SFN, "_create_state_machine_alias", "creates an alias for CloudFormation")
SFN_UPDATE_ALIAS = PrivateName(_SFN, "_update_state_machine_alias", "moves an alias for CloudFormation")
SFN_DELETE_ALIAS = PrivateName(_SFN, "_delete_state_machine_alias", "deletes an alias for CloudFormation")
CFN_RESOURCES = PrivateName(
    "ministack.services.cloudformation.provisioners",
    "_RESOURCE_HANDLERS",
    "extended: versions of functions, and versions and aliases of state machines",
)
IAM_RESOURCE = PrivateName(
    "ministack.core.iam_actions",
    "extract_resource_arn",
    "wrapped: a role's policies are checked for the state machine of a task token or an alias",
)
REQUEST_KEYS = PrivateName(
    "ministack.core.iam_actions",
    "request_tag_context",
    "wrapped: policies see the keys of DynamoDB's items and the sources of events",
)
TRUST_POLICY = PrivateName(
    "ministack.core.iam_evaluator",
    "evaluate_trust_policy",
    "wrapped: a trust policy sees for whom Step Functions assumes a role",
)
DYNAMODB_TABLES = PrivateName("ministack.services.dynamodb", "_tables", "holds the key schemas of tables and indexes")
EVENT_TO_LAMBDA = PrivateName(
    "ministack.services.eventbridge",
    "_dispatch_to_lambda",
    "replaced: a rule invokes its function asynchronously, with retries and a failure destination",
)
EVENT_TO_TARGET = PrivateName(
    "ministack.services.eventbridge", "_invoke_target", "wrapped: tells which rule invokes a function"
)
REQUEST_ORIGIN = PrivateName(
    "ministack.core.iam_evaluator",
    "pin_request_origin",
    "replaced: policies that require TLS are satisfied, because nothing can listen in on loopback",
)
ACQUIRE_WORKER = PrivateName(
    "ministack.core.lambda_runtime", "acquire_worker", "wrapped: an invocation waits until a worker is free"
)
RELEASE_WORKER = PrivateName(
    "ministack.core.lambda_runtime", "release_worker", "wrapped: wakes the invocations that wait for a free worker"
)
ACQUIRE_SLOT = PrivateName(_LAMBDA, "_acquire_execution_slot", "wrapped: queued events wait while throttled")
RELEASE_SLOT = PrivateName(_LAMBDA, "_release_execution_slot", "wrapped: wakes queued events when a run has ended")
INVOKE_ASYNC = PrivateName(_LAMBDA, "invoke_async_with_retry", "wrapped: marks queued events")
API_ANSWER = PrivateName(
    _LAMBDA,
    "lambda_execute_result_to_api_proxy_response",
    "wrapped: an HTTP API answers 503 when its function is throttled",
)
LAMBDA_FUNCTIONS = PrivateName(_LAMBDA, "_functions", "tells whether a function has changed since its last version")
DYNAMODB_REQUEST = PrivateName("ministack.services.dynamodb", "handle_request", "wrapped: the ledger of requests")
EVENTS_REQUEST = PrivateName("ministack.services.eventbridge", "handle_request", "wrapped: the ledger of requests")
S3_REQUEST = PrivateName("ministack.services.s3", "handle_request", "wrapped: the ledger of requests")
SECRETS_REQUEST = PrivateName("ministack.services.secretsmanager", "handle_request", "wrapped: the ledger of requests")
HTTP_API_REQUEST = PrivateName("ministack.services.apigateway", "handle_execute", "wrapped: the ledger of requests")
REQUEST_REGION = PrivateName("ministack.core.responses", "get_region", "the region of the current call")
REQUEST_ACCOUNT = PrivateName("ministack.core.responses", "get_account_id", "the account of the current call")

EXECUTION = PrivateName(f"{_PARSER}.backend.execution", "Execution", "interprets one execution")
EXECUTION_ENDED = PrivateName(
    f"{_PARSER}.backend.execution", "BaseExecutionWorkerCommunication", "extended: called when an execution ends"
)
EXECUTION_DETAILS = PrivateName(
    f"{_PARSER}.backend.execution",
    "Execution.get_start_execution_details",
    "overridden: the context object needs StartTime as text",
)
EXECUTION_HISTORY = PrivateName(
    f"{_PARSER}.backend.execution", "Execution.to_history_output", "the events of an execution"
)
ASL_PARSE = PrivateName(
    f"{_PARSER}.asl.parse.asl_parser", "AmazonStateLanguageParser.parse", "refuses an unreadable definition"
)
WORKER_PARSER = PrivateName(
    f"{_PARSER}.backend.execution_worker",
    "AmazonStateLanguageParser",
    "replaced: an execution uses a copy of the parsed definition instead of parsing it again",
)
CALLBACK_POOL = PrivateName(
    f"{_PARSER}.asl.eval.callback.callback", "CallbackPoolManager.get", "finds the state waiting on a task token"
)
CALLBACK_NOTIFY = PrivateName(
    f"{_PARSER}.asl.eval.callback.callback", "CallbackEndpoint.notify", "wakes the state waiting on a task token"
)
CALLBACK_HEARTBEAT = PrivateName(
    f"{_PARSER}.asl.eval.callback.callback", "CallbackEndpoint.notify_heartbeat", "keeps a task token alive"
)
CALLBACK_SUCCESS = PrivateName(
    f"{_PARSER}.asl.eval.callback.callback", "CallbackOutcomeSuccess", "the outcome of SendTaskSuccess"
)
CALLBACK_FAILURE = PrivateName(
    f"{_PARSER}.asl.eval.callback.callback", "CallbackOutcomeFailure", "the outcome of SendTaskFailure"
)
STATE_CREDENTIALS = PrivateName(
    f"{_STATE_TASK}.credentials", "StateCredentials", "carries the state machine's role to its calls"
)
BOTO_CLIENT = PrivateName(
    f"{_PARSER}.asl.utils.boto_client", "boto_client_for", "replaced: task states call this engine, as their role"
)
JSONATA_EVALUATOR = PrivateName(
    f"{_PARSER}.asl.jsonata.jsonata", "_eval_jsonata", "set: moto ships no JSONata evaluator"
)
JSONATA_ENCODER = PrivateName(
    f"{_PARSER}.asl.jsonata.jsonata",
    "encode_jsonata_variable_declarations",
    "replaced: moto does not escape text inside expressions",
)
JSONATA_ERROR = PrivateName(f"{_PARSER}.asl.jsonata.jsonata", "JSONataException", "how an expression fails")

EVERY_PRIVATE_NAME = tuple(value for value in globals().copy().values() if isinstance(value, PrivateName))


def broken_names(names: Iterable[PrivateName] | None = None, versions: dict[str, str] | None = None) -> list[str]:
    """Return one sentence for each pinned version or private name that is not as expected."""
    problems = []
    for package, wanted in (PINNED_VERSIONS if versions is None else versions).items():
        try:
            found = version(package)
        except PackageNotFoundError:
            found = "no version"
        if found != wanted:
            problems.append(f"{package} {wanted} is needed, {found} is installed")
    for name in EVERY_PRIVATE_NAME if names is None else names:
        try:
            name.load()
        except (ImportError, AttributeError) as problem:
            package = name.module.partition(".")[0]
            problems.append(f"{package} no longer has {name} ({name.purpose}): {problem}")
    return problems
