"""How a session is shown: to callers, on the event bus and to end users."""
