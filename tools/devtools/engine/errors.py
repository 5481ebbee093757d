"""The error that the engine raises."""


class EngineError(Exception):
    """The engine could not start, package or deploy; the message tells the developer what to do."""
