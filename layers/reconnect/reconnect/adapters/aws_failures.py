"""The names of AWS SDK failures; their messages may quote a token or an id."""

from botocore.exceptions import BotoCoreError, ClientError

AWS_FAILURES = (ClientError, BotoCoreError)


def name_of(failure: ClientError | BotoCoreError) -> str:
    """The error code that the service returned, or the SDK's exception name if there was no reply."""
    if isinstance(failure, ClientError):
        return failure.response["Error"]["Code"]
    return type(failure).__name__
