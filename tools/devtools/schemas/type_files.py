"""The objects of the API as types of Python and of TypeScript, made from `schemas/openapi.yaml`."""

import json
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

# What callers send and receive, in an order in which each name is known before it is used.
_NAMES = (
    *("OpenOptions", "OpenRequest", "Status", "WaitReason", "NextStep", "InstitutionNames", "Institution", "Options"),
    *(
        "AccountCounts",
        "TransactionCounts",
        "StoredResult",
        "Missing",
        "Warnings",
        "Receipt",
        "TimelineEntry",
        "Session",
    ),
    *("ResultLink", "EvidenceDocument", "Erasure", "FindRequest", "ListedSession", "SessionPage", "FoundLogin"),
    *("FoundLogins", "BatchRequest", "Shortfall", "InstitutionPlan", "BatchPeak", "SkippedLogins", "MalformedLogin"),
    *(
        "BatchPlan",
        "BatchSource",
        "Caps",
        "OpenBatchRequest",
        "AddItemsRequest",
        "CapRequest",
        "Endings",
        "SkippedCounts",
    ),
    *("BatchStatus", "BatchTotals", "BatchInstitution", "MalformedLine", "BatchReport", "Batch", "ListedBatch"),
    *("BatchPage", "BatchReportLink"),
    *(
        "HealthTimes",
        "HealthWindow",
        "InstitutionBreaker",
        "InstitutionHealth",
        "InstitutionList",
        "FeedEvent",
        "EventPage",
        "Problem",
    ),
)
_PYTHON = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None", "any": "Any"}
_TYPESCRIPT = {
    **{"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"},
    "any": "unknown",
}


def python_types(api: Schema) -> str:
    """Return a module of TypedDicts; a field that may be absent is NotRequired."""
    head = [
        '"""The objects of the API, written by `make schemas` from `schemas/openapi.yaml`."""',
        "",
        "from typing import Any, Literal, NotRequired, TypedDict",
    ]
    return "\n".join([*head, *(line for name in _NAMES for line in _python(name, api["components"]["schemas"]))]) + "\n"


def typescript_types(api: Schema) -> str:
    """Return a declaration file; a field that may be absent is optional."""
    head = "// Written by `make schemas` from schemas/openapi.yaml.\n"
    return head + "".join(_typescript(name, api["components"]["schemas"][name]) for name in _NAMES)


def _python(name: str, schemas: Schema) -> Iterator[str]:
    schema = schemas[name]
    yield ""
    if "properties" not in schema:
        yield f"{name} = {_type(schema, _PYTHON, _python_forms)}"
        return
    # The functional form, because a field is called `from`.
    yield f"{name} = TypedDict("
    yield f'    "{name}",'
    yield "    {"
    for field, inner in schema["properties"].items():
        kind = _type(inner, _PYTHON, _python_forms)
        yield f'        "{field}": {kind if field in schema.get("required", ()) else f"NotRequired[{kind}]"},'
    yield "    },"
    yield ")"


def _typescript(name: str, schema: Schema) -> str:
    if "properties" not in schema:
        return f"\nexport type {name} = {_type(schema, _TYPESCRIPT, _typescript_forms)};\n"
    required = schema.get("required", ())
    fields = "".join(
        f"  {_property(field)}{'' if field in required else '?'}: {_type(inner, _TYPESCRIPT, _typescript_forms)};\n"
        for field, inner in schema["properties"].items()
    )
    return f"\nexport interface {name} {{\n{fields}}}\n"


def _property(field: str) -> str:
    return field if field.isidentifier() else json.dumps(field)


def _python_forms(kind: str, inner: str) -> str:
    return {"array": f"list[{inner}]", "object": f"dict[str, {inner}]", "enum": f"Literal[{inner}]"}[kind]


def _typescript_forms(kind: str, inner: str) -> str:
    is_union = " | " in inner
    return {
        "array": f"({inner})[]" if is_union else f"{inner}[]",
        "object": f"Record<string, {inner}>",
        "enum": inner.replace(", ", " | "),
    }[kind]


def _type(schema: Schema, words: dict[str, str], form: Any) -> str:
    """Return a type in a language, which `words` and `form` define."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(option, words, form) for option in schema["anyOf"]))
    if "enum" in schema:
        values = [words["null"] if value is None else json.dumps(value) for value in schema["enum"]]
        return str(form("enum", ", ".join(values)))
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    return " | ".join(_simple(kind, schema, words, form) for kind in kinds)


def _simple(kind: str, schema: Schema, words: dict[str, str], form: Any) -> str:
    if kind == "array":
        return str(form("array", _type(schema["items"], words, form)))
    if kind == "object" and schema["additionalProperties"] is True:
        return str(form("object", words["any"]))
    if kind == "object":
        return str(form("object", _type(schema["additionalProperties"], words, form)))
    return words[kind]
