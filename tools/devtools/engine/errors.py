"""The one error the engine raises: what failed and what to do about it."""


class EngineError(Exception):
    """The engine could not start, package or deploy; the message is meant for the person at the keyboard."""
