"""What DESIGN.md asks of the tree itself: who may import whom, one version, nothing that reads foreign code."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("procgen", "exporters", "fields", "jobs", "commands", "addon")
FORBIDDEN = {
    "procgen": ("exporters", "fields", "jobs", "commands", "addon", "cli"),
    "exporters": ("fields", "jobs", "commands", "addon", "cli"),
    "fields": ("procgen", "exporters", "jobs", "commands", "addon", "cli", "compat"),
    "jobs": ("commands", "addon", "cli"),
    "commands": ("cli",),
    "addon": (),
}
SCRIPTS = ("addon/launch.py", "addon/inspect_python.py")
"""Run as files by the worker's own Python, where the package is not yet imported and torch may be."""
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The top-level names that a module imports, relative ones as `.room`."""
    package = path.relative_to(ROOT).parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level == 0:
                found.add(str(node.module).split(".")[0])
                continue
            base = package[: len(package) - node.level + 1]
            target = [*base, *(node.module.split(".") if node.module else [])]
            found |= {"." + target[0]} if target else {"." + alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_what_the_design_allows(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    names = imported(path)
    if str(path.relative_to(ROOT)) in SCRIPTS:
        assert "bpy" not in names
        return
    assert not names & {f".{other}" for other in FORBIDDEN[room]}
    assert "wildfield" not in names, "imports inside the package are relative: it also lives as bl_ext.*.wildfield"
    if room == "fields":
        assert "bpy" not in names
    if room in ("procgen", "exporters", "addon"):
        assert not names & {"torch", "warp"}


@pytest.mark.parametrize("path", [*MODULES, ROOT / "cli.py"], ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_unpickles_or_executes_what_it_read(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not imported(path) & {"pickle", "marshal", "shelve", "dill"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            owner = node.func.value.id if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) else ""
            assert not (isinstance(node.func, ast.Name) and name in ("eval", "exec")), ast.unparse(node)
            assert (owner, name) != ("torch", "load"), ast.unparse(node)


def test_nothing_uses_a_global_random_generator() -> None:
    own = ("Generator", "PCG64", "SeedSequence", "default_rng")
    for path in MODULES:
        global_module = "random" in imported(path)
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func).split("(")[0]
            dice = path.parent.name == "addon" and called == "random.SystemRandom"  # a person asks for any seed
            assert dice or not (global_module and called.startswith("random.")), f"{path}: {called}"
            if called.startswith(("np.random.", "numpy.random.")):
                assert called.split(".")[2] in own, f"{path}: {called}"
                assert node.args or called.split(".")[2] != "default_rng", f"{path}: an unseeded generator"


def test_importing_the_package_imports_neither_bpy_nor_torch() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import wildfield, wildfield.cli, wildfield.fields; "
    code += "print([m for m in ('bpy', 'torch', 'warp') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code, str(ROOT)], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_version_is_the_same_in_package_and_extension() -> None:
    from wildfield.version import VERSION

    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text())
    assert manifest["version"] == VERSION
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_package_folder_is_installed() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    there = {".".join(("wildfield", *path.parent.relative_to(ROOT).parts)) for path in MODULES}
    assert there <= set(listed), there - set(listed)
