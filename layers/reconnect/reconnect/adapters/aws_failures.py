"""How the AWS SDK fails, by name: its messages may quote a token or an id."""

from botocore.exceptions import BotoCoreError, ClientError

AWS_FAILURES = (ClientError, BotoCoreError)


def name_of(failure: ClientError | BotoCoreError) -> str:
    """The code that the service answered, or the SDK's own name for what kept it from answering."""
    if isinstance(failure, ClientError):
        return failure.response["Error"]["Code"]
    return type(failure).__name__
