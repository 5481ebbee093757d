"""HTTP endpoints: POST /flows starts a flow, GET /wake/{flow} resumes one that waits."""

import json
import os
from typing import Any

import boto3
from engine_app import table


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    states = boto3.client("stepfunctions")
    if event["routeKey"] == "POST /flows":
        body = json.loads(event["body"])
        started = states.start_execution(
            stateMachineArn=os.environ["MACHINE_ARN"], name=body["flow"], input=json.dumps(body)
        )
        return _reply(202, {"executionArn": started["executionArn"]})
    token = table().get_item(Key={"pk": f"token#{event['pathParameters']['flow']}"})["Item"]["task_token"]
    try:
        states.send_task_success(taskToken=token, output=json.dumps({"said": 'I am "back" 👋'}))
    except states.exceptions.TaskTimedOut:
        return _reply(410, {"error": "TaskTimedOut"})
    return _reply(200, {"woken": True})


def _reply(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
