"""Makes the wheel of this package for pip (PEP 517): a zip file of flom/ and three files about it."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import tarfile
import zipfile
from typing import Any, Dict, Optional

HERE = os.path.dirname(os.path.abspath(__file__))
WHEEL = "Wheel-Version: 1.0\nGenerator: flom\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: Optional[str] = None) -> str:
    sources = {f"flom/{name}": _read(f"flom/{name}") for name in _modules()}
    return _write_wheel(wheel_directory, sources)


def build_editable(wheel_directory: str, config_settings: Any = None, metadata_directory: Optional[str] = None) -> str:
    return _write_wheel(wheel_directory, {"flom.pth": HERE.encode() + b"\n"})


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    name = f"flom-{_project('version')}"
    with tarfile.open(os.path.join(sdist_directory, f"{name}.tar.gz"), "w:gz") as archive:
        for path in ["pyproject.toml", "wheel_maker.py"] + [f"flom/{module}" for module in _modules()]:
            archive.add(os.path.join(HERE, path), f"{name}/{path}")
        information = tarfile.TarInfo(f"{name}/PKG-INFO")
        information.size = len(_metadata())
        archive.addfile(information, io.BytesIO(_metadata()))
    return f"{name}.tar.gz"


def _modules() -> "list[str]":
    return sorted(name for name in os.listdir(os.path.join(HERE, "flom")) if name.endswith((".py", ".typed")))


def _read(path: str) -> bytes:
    with open(os.path.join(HERE, path), "rb") as file:
        return file.read()


def _project(key: str) -> str:
    """A plain text of pyproject.toml: Python before 3.11 has no reader for such files."""
    found = re.search(f'^{key} = "(.*)"$', _read("pyproject.toml").decode(), re.MULTILINE)
    if found is None:
        raise KeyError(f"pyproject.toml has no {key}")
    return found.group(1)


def _metadata() -> bytes:
    return (
        f"Metadata-Version: 2.1\nName: flom\nVersion: {_project('version')}\nSummary: {_project('description')}\n"
        f"License: Apache-2.0\nRequires-Python: {_project('requires-python')}\n"
    ).encode()


def _write_wheel(directory: str, files: Dict[str, bytes]) -> str:
    version = _project("version")
    information = f"flom-{version}.dist-info"
    files = {**files, f"{information}/METADATA": _metadata(), f"{information}/WHEEL": WHEEL.encode()}
    record = "".join(f"{path},sha256={_digest(content)},{len(content)}\n" for path, content in files.items())
    files[f"{information}/RECORD"] = f"{record}{information}/RECORD,,\n".encode()
    name = f"flom-{version}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            # The same sources make the same wheel.
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o644 << 16
            wheel.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return name


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
