"""The brand in a function's environment; only the functions that show a page have one."""

from collections.abc import Mapping
from dataclasses import fields

from reconnect.model.brand import Brand
from reconnect.runtime.settings import SettingsError


def read_brand(environ: Mapping[str, str]) -> Brand:
    """Read the variables `BRAND_NAME` and so on; raise one SettingsError that names every missing or malformed one."""
    variables = {field.name: f"BRAND_{field.name.upper()}" for field in fields(Brand)}
    values = {name: environ[variable] for name, variable in variables.items() if variable in environ}
    brand = Brand(**values)
    faults = [f"{variables[name]} is missing" for name in variables if name not in values]
    faults += [f"{variables[name]} is malformed: it must be {form}" for name, form in brand.faults().items()]
    if faults:
        raise SettingsError("; ".join(faults))
    return brand
