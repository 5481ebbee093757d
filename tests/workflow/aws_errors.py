"""The error names under which AWS reports that a function did not run, or that nobody knows how far it ran.

Sources: Step Functions' "Handle Lambda service exceptions" and "Error names", Lambda's errors of Invoke and
"Troubleshoot invocation issues". A name that begins with Runtime or Sandbox is the `errorType` of Lambda's own reply.
"""

# Lambda refused the call before the function began.
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
# Of these, what Step Functions says when it no longer hears the function, which may still be at work.
MAY_STILL_RUN = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "States.Timeout",
)
# States.ALL does not take these in: an execution that meets one is over.
BEYOND_ALL = frozenset({"States.DataLimitExceeded", "States.Runtime"})
