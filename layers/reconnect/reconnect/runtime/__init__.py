"""What turns the domain into Lambda functions: settings, wiring, observability, HTTP."""
