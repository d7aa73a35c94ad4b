"""Packs the Blender extension: one zip a platform in dist/, each validated by Blender's own tool.

    python3 build.py extension [--platform linux-x64 ...] [--out dist]

The zip holds the package without tests, docs and benchmarks, and the few wheels that Blender's Python lacks. Only OpenEXR is
compiled: it comes once for each Python of the Blenders we support.
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
PURE = ("plyfile", "pypng", "tomli-w", "tqdm", "trimesh")
COMPILED = ("OpenEXR",)
PYTHONS = ("3.11", "3.13", "3.14")
"""Blender 4.5 and 5.0, Blender 5.2 as blender.org ships it, and Blender 5.2 as Debian builds it."""
PLATFORMS = {
    "linux-x64": ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "windows-x64": ("win_amd64",),
    "macos-arm64": ("macosx_11_0_arm64", "macosx_14_0_arm64", "macosx_12_0_arm64"),
}
PACKED = ("addon", "exporters", "fields", "jobs", "procgen")
ROOT_FILES = ("LICENSE", "README.md")


def main() -> int:
    """Build and validate; exit code 1 with one line where something fails."""
    parser = argparse.ArgumentParser(description="Pack the Blender extension.")
    parser.add_argument("--platform", action="append", choices=PLATFORMS, help="only this platform (default: all)")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder for the zips (dist)")
    options = parser.parse_args()
    platforms = tuple(options.platform or PLATFORMS)
    try:
        wheels = [wheel for platform in platforms for wheel in fetch_wheels(platform)]
        for archive in pack(platforms, sorted(set(wheels)), options.out):
            print(f"{archive} ({archive.stat().st_size / 1e6:.1f} MB)")
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or "").strip().splitlines()
        print(f"extension: {Path(error.cmd[1]).name} failed: {lines[-1] if lines else 'no output'}", file=sys.stderr)
        return 1
    return 0


def fetch_wheels(platform: str) -> list[Path]:
    """Download the pinned wheels for one platform into build/wheels, once, and return their paths."""
    WHEELS.mkdir(parents=True, exist_ok=True)
    pins = pinned_versions()
    found = [wheel_of(name, pins[name], (), "3.11") for name in PURE]
    found += [wheel_of(name, pins[name], PLATFORMS[platform], python) for name in COMPILED for python in PYTHONS]
    return found


def pinned_versions() -> dict[str, str]:
    """The versions in the constraints of the oldest Python, by name."""
    lines = (ROOT / "constraints" / "python3.11.txt").read_text().splitlines()
    return dict(line.split("==", 1) for line in lines if "==" in line and not line.startswith("#"))


def wheel_of(name: str, version: str, platforms: tuple[str, ...], python: str) -> Path:
    """Return the wheel of one package, from build/wheels or by pip."""
    with tempfile.TemporaryDirectory() as folder:
        tags = [part for tag in platforms for part in ("--platform", tag)]
        command = ["pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", folder, *tags]
        if platforms:
            command += ["--python-version", python, "--implementation", "cp"]
        stem = name.lower().replace("-", "_")
        tag = f"cp{python.replace('.', '')}" if platforms else "none-any"
        ends = ("win_amd64",) if "win" in platforms[0:1] else tuple(platforms)
        for wheel in sorted(WHEELS.glob("*.whl")):
            same = wheel.name.lower().startswith(f"{stem}-{version}-")
            if same and (tag in wheel.name) and (not ends or any(end in wheel.name for end in ends)):
                return wheel
        run([sys.executable, "-m", *command, f"{name}=={version}"])
        (wheel,) = Path(folder).glob("*.whl")
        return Path(shutil.move(wheel, WHEELS / wheel.name))


def pack(platforms: tuple[str, ...], wheels: list[Path], out: Path) -> list[Path]:
    """Stage the extension, let Blender's tool build one zip a platform, validate each, and move them to `out`."""
    with tempfile.TemporaryDirectory() as folder:
        stage, built = Path(folder) / "wildfield", Path(folder) / "built"
        built.mkdir()
        copy_package(stage)
        (stage / "wheels").mkdir()
        for wheel in wheels:
            shutil.copy2(wheel, stage / "wheels")
        manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text())
        manifest |= {"wheels": [f"./wheels/{wheel.name}" for wheel in wheels], "platforms": list(platforms)}
        (stage / "blender_manifest.toml").write_text(tomli_w.dumps(manifest))
        tool = blender_tool()
        run([sys.executable, str(tool), "build", "--source-dir", str(stage), "--output-dir", str(built), "--split-platforms"])
        out.mkdir(parents=True, exist_ok=True)
        finished = []
        for archive in sorted(built.glob("*.zip")):
            run([sys.executable, str(tool), "validate", str(archive)])
            finished.append(Path(shutil.move(archive, out / archive.name)))
        return finished


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
