"""What the fixture's handlers share; it shows that the layer is imported."""

import os
from typing import Any

import boto3


def table() -> Any:
    """The fixture's table."""
    return boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
