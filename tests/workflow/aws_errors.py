"""The error names with which AWS reports that a function did not run, or may have run only in part.

Sources: Step Functions' "Handle Lambda service exceptions" and "Error names", Lambda's errors of Invoke and
"Troubleshoot invocation issues". A name that begins with Runtime or Sandbox is the `errorType` of Lambda's own reply.
"""

# Lambda rejected the call before the function ran.
DID_NOT_RUN = (
    "Lambda.TooManyRequestsException",
    "Lambda.EC2ThrottledException",
    "Lambda.ResourceConflictException",
    "Lambda.ResourceNotReadyException",
    "Runtime.ImportModuleError",
    "Runtime.HandlerNotFound",
    "Runtime.InvalidEntrypoint",
    "Runtime.UserCodeSyntaxError",
)
# The function may have done nothing, a part of its work, or all of it.
MAY_HAVE_RUN = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Runtime.OutOfMemory",
    "Runtime.MarshalError",
    "Runtime.Unknown",
    "Sandbox.Timedout",
    "States.Timeout",
    "States.TaskFailed",
)
# Those of them with which Step Functions gives up on a function that may still be running.
MAY_STILL_RUN = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "States.Timeout",
)
# States.ALL does not match these: they end an execution.
BEYOND_ALL = frozenset({"States.DataLimitExceeded", "States.Runtime"})
