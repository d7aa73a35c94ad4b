"""Packs the Blender extension: one zip for every platform in dist/, validated by Blender's own tool.

    python3 build.py extension [--out dist]

The zip holds the package without tests, docs and benchmarks, and the few wheels that Blender's Python lacks. All of them are
pure Python, so the same zip serves every Blender.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import tomli_w

ROOT = Path(__file__).resolve().parent.parent
WHEELS = ROOT / "build" / "wheels"
BUNDLED = ("plyfile", "pypng", "tomli-w", "tqdm", "trimesh")
PACKED = ("addon", "commands", "exporters", "fields", "jobs", "procgen")
ROOT_FILES = ("LICENSE", "README.md")


def main() -> int:
    """Build and validate; exit code 1 with one line where something fails."""
    parser = argparse.ArgumentParser(description="Pack the Blender extension.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder for the zip (dist)")
    options = parser.parse_args()
    try:
        pins = pinned_versions()
        archive = pack([wheel_of(name, pins[name]) for name in BUNDLED], options.out)
        print(f"{archive} ({archive.stat().st_size / 1e6:.1f} MB)")
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or "").strip().splitlines()
        print(f"extension: {Path(error.cmd[1]).name} failed: {lines[-1] if lines else 'no output'}", file=sys.stderr)
        return 1
    return 0


def pinned_versions() -> dict[str, str]:
    """The versions in the constraints of the oldest Python, by name."""
    lines = (ROOT / "constraints" / "python3.11.txt").read_text().splitlines()
    return dict(line.split("==", 1) for line in lines if "==" in line and not line.startswith("#"))


def wheel_of(name: str, version: str) -> Path:
    """Return the pure wheel of one package, from build/wheels or by pip."""
    WHEELS.mkdir(parents=True, exist_ok=True)
    pattern = f"{name.lower().replace('-', '_')}-{version}-*-none-any.whl"
    for wheel in WHEELS.glob(pattern):
        return wheel
    with tempfile.TemporaryDirectory() as folder:
        only_pure = ["--only-binary", ":all:", "--platform", "any", "--python-version", "3.11", "--implementation", "py"]
        run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--dest",
                folder,
                *only_pure,
                f"{name}=={version}",
            ]
        )
        (wheel,) = Path(folder).glob(pattern)
        return Path(shutil.move(wheel, WHEELS / wheel.name))


def pack(wheels: list[Path], out: Path) -> Path:
    """Stage the extension, let Blender's tool build the zip and validate it, and move it to `out`."""
    with tempfile.TemporaryDirectory() as folder:
        stage, built = Path(folder) / "wildfield", Path(folder) / "built"
        built.mkdir()
        copy_package(stage)
        (stage / "wheels").mkdir()
        for wheel in wheels:
            shutil.copy2(wheel, stage / "wheels")
        manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text())
        manifest |= {"wheels": [f"./wheels/{wheel.name}" for wheel in wheels]}
        (stage / "blender_manifest.toml").write_text(tomli_w.dumps(manifest))
        tool = blender_tool()
        run([sys.executable, str(tool), "build", "--source-dir", str(stage), "--output-dir", str(built)])
        (archive,) = built.glob("*.zip")
        run([sys.executable, str(tool), "validate", str(archive)])
        out.mkdir(parents=True, exist_ok=True)
        return Path(shutil.move(archive, out / archive.name))


def copy_package(stage: Path) -> None:
    """Copy what runs inside Blender; never tests, caches or benchmarks."""
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    for room in PACKED:
        shutil.copytree(ROOT / room, stage / room, ignore=ignore)
    for name in (*ROOT_FILES, *(path.name for path in ROOT.glob("*.py") if path.name != "build.py")):
        shutil.copy2(ROOT / name, stage / name)


def blender_tool() -> Path:
    """Blender's own extension tool, which the bpy wheel carries."""
    spec = importlib.util.find_spec("bpy")
    if spec is None or spec.origin is None:
        raise SystemExit("extension: bpy is not installed: run python3 build.py setup")
    (tool,) = Path(spec.origin).parent.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py")
    return tool


def run(command: list[str]) -> None:
    """Run a tool; its output is kept for the error."""
    subprocess.run(command, check=True, capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main())
