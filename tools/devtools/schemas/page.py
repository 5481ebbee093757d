"""The API as one HTML page without external resources: the endpoints, the objects, the events."""

import json
from typing import Any

from jinja2 import Environment, PackageLoader
from markdown_it import MarkdownIt
from markupsafe import Markup

_METHODS = ("get", "head", "post", "put", "patch", "delete")
_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_FORMS = ("format", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")

Schema = dict[str, Any]


def render_page(api: Schema, events: dict[str, Schema]) -> str:
    """Render the page for an OpenAPI document and the schemas of events by their names."""
    templates = Environment(
        loader=PackageLoader("devtools.schemas", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "markdown": _markdown,
        "inline": _inline,
        "pretty": lambda value: json.dumps(value, indent=2, ensure_ascii=False),
        "kind": _kind,
        "forms": _forms,
        "resolved": lambda node: _resolved(node, api),
        "examples": _examples,
    }
    page = templates.get_template("page.html").render(api=api, endpoints=endpoints(api), events=events)
    return f"{page.strip()}\n"


def _markdown(text: str) -> Markup:
    # Safe, because HTML in the text is escaped.
    return Markup(_MARKDOWN.render(text))  # noqa: S704


def _inline(text: str) -> Markup:
    return Markup(_MARKDOWN.renderInline(text))  # noqa: S704


def endpoints(api: Schema) -> list[Schema]:
    """Each operation of the API with its method and path, and with the parameters that all of its path have."""
    return [
        {**operation, "method": method, "path": path, "parameters": _parameters(item, operation)}
        for path, item in api["paths"].items()
        for method, operation in item.items()
        if method in _METHODS
    ]


def _parameters(item: Schema, operation: Schema) -> list[Schema]:
    return [*item.get("parameters", []), *operation.get("parameters", [])]


def _resolved(node: Schema, api: Schema) -> Schema:
    """The target of a reference, or the node itself."""
    found: Schema = node
    if "$ref" in node:
        found = api
        for key in node["$ref"].removeprefix("#/").split("/"):
            found = found[key]
    return found


def _kind(schema: Schema) -> Markup:
    """A schema's type in a few words, with links to the objects of the page."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        return Markup(" or ").join(_kind(option) for option in schema["anyOf"])
    kinds = schema.get("type", "any" if "enum" not in schema else [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "enum" not in schema:
        lists = {"array": Markup("list of ") + _kind(schema["items"])} if "array" in kinds else {}
        return Markup(" or ").join(lists.get(kind, kind) for kind in kinds)
    options = Markup(" | ").join(Markup("<code>{}</code>").format(_word(option)) for option in schema["enum"])
    return options + (Markup(" or null") if "null" in kinds else Markup(""))


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _forms(schema: Schema) -> list[tuple[str, str]]:
    """The constraints on a value beyond its type."""
    return [(name, _word(schema[name])) for name in _FORMS if name in schema]


def _examples(content: Schema) -> list[Any]:
    """The examples of one media type."""
    if "example" in content:
        return [content["example"]]
    if "examples" in content:
        return [example["value"] for example in content["examples"].values()]
    return list(content["schema"].get("examples", []))
