"""The types of this folder's fixtures."""

from collections.abc import Callable
from typing import Any

# Waits for the first true value that a function returns.
Eventually = Callable[..., Any]
# Waits for an execution, by its ARN, and returns its description.
Finished = Callable[[str], dict[str, Any]]
# Starts an execution and returns its ARN.
Start = Callable[..., str]
# Invokes a function of a stack, by its logical id, with an event.
Invoke = Callable[..., Any]
# Reads an item of the fixture's table; an item that does not exist is empty.
Item = Callable[[str], dict[str, Any]]
