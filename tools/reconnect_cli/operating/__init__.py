"""Commands for whoever runs the stack: they use the operator's own AWS credentials, not the API."""
