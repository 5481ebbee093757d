"""Replaces a listed private name by our own function."""

import sys
from importlib import import_module
from typing import Any

from devtools.engine.private_names import PrivateName


def set_attribute(name: PrivateName, value: Any) -> None:
    """Replace the name in the module that defines it."""
    setattr(import_module(name.module), name.attribute, value)


def replace_everywhere(name: PrivateName, value: Any) -> None:
    """Replace the name in its module and in every module of the package that has already imported it."""
    original = name.load()
    package = name.module.partition(".")[0] + "."
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith(package) and getattr(module, name.attribute, None) is original:
            setattr(module, name.attribute, value)
