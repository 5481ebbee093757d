"""Builds the layer's packages into a folder: installed by hash, without what no function uses, compiled.

`sam build`, `make layer` and `make setup` run it. The bytecode is "unchecked", because SAM dates every file 1980:
Python would find bytecode that is checked by date stale, and compile every module at every cold start.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The template's Runtime and Architectures.
DEPLOYED_PYTHON = (3, 13)
DEPLOYED_PLATFORM = "manylinux2014_aarch64"
# Where Lambda puts the packages: the paths that tracebacks show.
DEPLOYED_FOLDER = "/opt/python"

# What no function loads. Requests guesses encodings with charset_normalizer, and works without it: we read JSON.
UNUSED = (
    "bin",
    "share",
    "*.dist-info/RECORD",
    "charset_normalizer*",
    # The Lambda runtime has it, for boto3.
    "jmespath*",
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/utilities/[!_jt]*",
    "segno/scripts",
    "tzdata/zoneinfo/*.tab",
    "tzdata/zoneinfo/tzdata.zi",
    "urllib3/contrib/emscripten",
)


def main() -> None:
    """Build what the command line asks for; end with a sentence if this Python cannot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what is in it is replaced")
    parser.add_argument(
        "--local", action="store_true", help="only the packages, without our own, for this machine and this Python"
    )
    wanted = parser.parse_args()
    if not wanted.local and sys.version_info[:2] != DEPLOYED_PYTHON:
        needed, here = ".".join(map(str, DEPLOYED_PYTHON)), sys.version.partition(" ")[0]
        sys.exit(
            f"The layer needs bytecode of Python {needed}, and this is Python {here}. Nothing was built. "
            f"Put python{needed} on the PATH, or build in SAM's container: sam build --use-container."
        )
    build(wanted.folder.absolute(), is_local=wanted.local)


def build(folder: Path, *, is_local: bool) -> None:
    """Build the packages into `folder`; a local one is for this Python, and has not our own package."""
    shutil.rmtree(folder, ignore_errors=True)
    install(folder, [] if is_local else _for_lambda())
    for pattern in UNUSED:
        for path in folder.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    shown_as = str(folder) if is_local else DEPLOYED_FOLDER
    compile_modules(folder, shown_as, "-b")
    # Of the packages only the bytecode ships; of ours the sources too, so that tracebacks show their lines.
    for source in folder.rglob("*.py"):
        source.unlink()
    if not is_local:
        ours = folder / "reconnect"
        shutil.copytree(HERE / "reconnect", ours, ignore=shutil.ignore_patterns("__pycache__"))
        compile_modules(ours, f"{shown_as}/reconnect")


def install(folder: Path, options: list[str]) -> None:
    """Install the pinned packages."""
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
        "install",
        "--root-user-action=ignore",
    ]
    pinned = ["--no-compile", "--require-hashes", "-r", str(HERE / "requirements.txt")]
    subprocess.run([*pip, *options, "--target", str(folder), *pinned], check=True)


def compile_modules(folder: Path, shown_as: str, *options: str) -> None:
    """Compile every module. The same sources give the same bytes, so that an unchanged layer gets no new version."""
    compileall = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", *options]
    subprocess.run(
        [*compileall, "-s", str(folder), "-p", shown_as, str(folder)], check=True, env={"PYTHONHASHSEED": "0"}
    )


def _for_lambda() -> list[str]:
    version = ".".join(map(str, DEPLOYED_PYTHON))
    platform = ["--platform", DEPLOYED_PLATFORM, "--python-version", version, "--implementation", "cp"]
    return [*platform, "--only-binary", ":all:"]


if __name__ == "__main__":
    main()
