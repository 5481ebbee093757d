"""Converts the real template for the engine: code is uploaded, handlers are started by our bootstrap."""

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from devtools.engine.bootstrap import bootstrap_script
from devtools.engine.errors import EngineError
from devtools.engine.gaps import refer_to_secrets_by_arn, without_archives, without_metric_math
from devtools.engine.settings import LAMBDA_RUNTIME, LAYER_PACKAGES
from devtools.engine.template import Template, plain_resources

Location = dict[str, str]
Upload = Callable[[bytes], Location]

_FUNCTION = "AWS::Serverless::Function"
_LAYER = "AWS::Serverless::LayerVersion"
_STATE_MACHINE = "AWS::Serverless::StateMachine"
_HTTP_API = "AWS::ApiGatewayV2::Api"
# For this runtime, the engine runs the package's `bootstrap`; this is the public interface that we use.
_LOCAL_RUNTIME = "provided.al2023"


class Packager:
    """Packages one template for one engine."""

    def __init__(
        self, template: Template, folder: Path, api_id: str, engine_variables: Mapping[str, str], upload: Upload
    ) -> None:
        self._template = deepcopy(template)
        self._folder = folder
        self._api_id = api_id
        self._engine_variables = engine_variables
        self._upload = upload
        self._layer_folders = {
            logical_id: self._local_path(logical_id, properties, "ContentUri")
            for logical_id, properties in self._resources(_LAYER)
        }

    def package(self) -> Template:
        """Return the template to deploy: the real one with its local paths replaced by uploaded code."""
        for folder in (LAYER_PACKAGES, LAMBDA_RUNTIME):
            if not folder.is_dir():
                raise EngineError(f"{folder} is missing: run `make setup` to install what handlers import.")
        for logical_id, properties in self._resources(_FUNCTION):
            self._package_function(logical_id, properties)
        for logical_id, properties in self._resources(_LAYER):
            # Handlers read the layer in place; a change of its files only publishes a version.
            files = zip_of(_contents_of(self._layer_folders[logical_id]))
            properties["ContentUri"] = self._upload(zip_of({"DIGEST": hashlib.sha256(files).hexdigest().encode()}))
        for logical_id, properties in self._resources(_STATE_MACHINE):
            if "DefinitionUri" in properties:
                definition = self._local_path(logical_id, properties, "DefinitionUri")
                properties["DefinitionUri"] = self._upload(definition.read_bytes())
        self._shift_at_once()
        self._name_the_api()
        return refer_to_secrets_by_arn(without_archives(without_metric_math(self._template)))

    def _package_function(self, logical_id: str, properties: dict[str, Any]) -> None:
        runtime = str(self._effective(properties, "Runtime"))
        if not runtime.startswith("python"):
            raise EngineError(f"{logical_id} has Runtime {runtime}; the local engine runs Python functions only.")
        folder = self._local_path(logical_id, properties, "CodeUri")
        own = [name for environment in self._both(properties, "Environment") for name in environment["Variables"]]
        script = bootstrap_script(self._engine_variables, own, self._layers_of(logical_id, properties))
        properties["CodeUri"] = self._upload(zip_of({**_contents_of(folder), "bootstrap": script.encode()}))
        properties["Runtime"] = _LOCAL_RUNTIME

    def _layers_of(self, logical_id: str, properties: dict[str, Any]) -> list[Path]:
        references = [layer for layers in self._both(properties, "Layers") for layer in layers]
        folders = []
        for reference in references:
            name = reference.get("Ref") if isinstance(reference, dict) else None
            if name not in self._layer_folders:
                raise EngineError(f"{logical_id} uses layer {reference}, which is not a layer of this template.")
            folders.append(self._layer_folders[name])
        # A layer includes the packages that `make setup` installed from its requirements.txt.
        return [*folders, LAYER_PACKAGES] if folders else []

    def _shift_at_once(self) -> None:
        """Leave out gradual deployments: the engine has no CodeDeploy, and no time to watch alarms."""
        self._template.get("Globals", {}).get("Function", {}).pop("DeploymentPreference", None)
        for _, properties in [*self._resources(_FUNCTION), *self._resources(_STATE_MACHINE)]:
            properties.pop("DeploymentPreference", None)

    def _name_the_api(self) -> None:
        apis = list(self._resources(_HTTP_API))
        if len(apis) > 1:
            names = ", ".join(logical_id for logical_id, _ in apis)
            raise EngineError(f"The local engine knows the address of one HTTP API, the template has {names}.")
        for _, properties in apis:
            properties["Tags"] = {**properties.get("Tags", {}), "ms-custom-id": self._api_id}

    def _resources(self, resource_type: str) -> list[tuple[str, dict[str, Any]]]:
        return [
            (logical_id, resource.setdefault("Properties", {}))
            for logical_id, resource in plain_resources(self._template)
            if resource["Type"] == resource_type
        ]

    def _both(self, properties: dict[str, Any], key: str) -> list[Any]:
        """The values in Globals and in the function itself, in the order in which SAM merges them."""
        shared = self._template.get("Globals", {}).get("Function", {})
        return [part[key] for part in (shared, properties) if key in part]

    def _effective(self, properties: dict[str, Any], key: str) -> Any:
        return (self._both(properties, key) or [None])[-1]

    def _local_path(self, logical_id: str, properties: dict[str, Any], key: str) -> Path:
        value = self._effective(properties, key)
        path = self._folder / value if isinstance(value, str) else None
        if path is None or not path.exists():
            raise EngineError(f"{logical_id}.{key} is {value!r}: it should be a path next to the template.")
        return path.resolve()


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """Return a zip whose bytes depend only on the files, so that unchanged code is not deployed again."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def _contents_of(folder: Path) -> dict[str, bytes]:
    shipped = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {str(path.relative_to(folder)): path.read_bytes() for path in shipped}


def check_name(name: str) -> str:
    """Return the stack name if it can be part of a URL; raise EngineError if not."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", name):
        raise EngineError(f"Stack name {name!r} should be lower-case letters, digits and dashes.")
    return name
