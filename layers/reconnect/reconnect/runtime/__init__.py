"""What turns the use cases into Lambda functions: the service, its settings, observability, HTTP."""
