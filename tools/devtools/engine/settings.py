"""The engine's paths, and the environment of its process (never the developer's own)."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
LAYER_PACKAGES = REPOSITORY / ".local" / "layer"
LAMBDA_RUNTIME = REPOSITORY / ".local" / "lambda-runtime"

HOST = "127.0.0.1"
# Not us-east-1, so that code that does not take its region from the environment fails here.
REGION = "ca-central-1"
# The engine treats this key as the account's root user; its role checks apply to every other key.
ROOT_ACCESS_KEY_ID = "test"
ROOT_SECRET_ACCESS_KEY = "test"  # noqa: S105 - the engine's fixed, public root key

# Each worker is a process of about 50 MiB; more workers than processors would not be faster.
WORKERS_PER_FUNCTION = 3

# The variable with the path of the ledger, in which the engine records what AWS would bill.
LEDGER_VARIABLE = "LOCAL_ENGINE_LEDGER"

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


def endpoint_url(port: int) -> str:
    """Return the URL for every AWS call on this machine."""
    return f"http://{HOST}:{port}"


def engine_environment(port: int, scratch: Path, concurrency: int | None = None) -> dict[str, str]:
    """Return the environment of the engine process. The bootstrap hides these variables from the Lambda handlers."""
    return {
        "PATH": SYSTEM_PATH,
        "HOME": str(scratch),
        "TMPDIR": str(scratch / "tmp"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(REPOSITORY / "tools"),
        "PYTHONUNBUFFERED": "1",
        "AWS_ENDPOINT_URL": endpoint_url(port),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        # The host in generated URLs, such as those of queues; the default is localhost.
        "MINISTACK_HOST": HOST,
        # Both of these listen on every interface in spite of BIND_HOST, and are not needed here.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Role policies are enforced: a permission missing from the template fails here, not in production.
        "AUTH": "true",
        "MINISTACK_REGION": REGION,
        # An account's default on AWS, unless a lower limit is given. WORKERS_PER_FUNCTION limits the workers;
        # an invocation that waits for one counts as running.
        "LAMBDA_ACCOUNT_CONCURRENCY": str(concurrency or 1000),
        # Seconds until an idle extra worker is stopped; the first of each function stays warm.
        "LAMBDA_WARM_TTL_SECONDS": "60",
        "STATE_DIR": str(scratch / "state"),
        "S3_DATA_DIR": str(scratch / "s3"),
        "LOG_LEVEL": "WARNING",
    }
