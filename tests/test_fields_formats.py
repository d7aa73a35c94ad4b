"""Formats of splats: round trips within the steps that each format has, other people's readers, and damaged files."""

from __future__ import annotations

import gzip
import io
import json
import struct
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plyfile import PlyData, PlyElement

from wildfield.cli import BAD_INPUT, DONE, main
from wildfield.errors import UserError
from wildfield.fields.splats.cloud import SplatCloud
from wildfield.fields.splats.formats import FORMATS, read_any

ENDINGS = tuple(FORMATS)
HEADER = struct.Struct("<4sIIBBBB")


def cloud(count: int = 600, degree: int = 3, seed: int = 4) -> SplatCloud:
    """Splats as a training leaves them: within a metre or two, centimetres wide, of every colour and opacity."""
    rng = np.random.default_rng(seed)

    def draw(*shape: int, scale: float = 1.0, middle: float = 0.0) -> np.ndarray:
        return (middle + scale * rng.standard_normal((count, *shape))).astype(np.float32)

    rest = draw(15, 3, scale=0.15)
    rest[:, (degree + 1) ** 2 - 1 :] = 0
    return SplatCloud(draw(3), draw(4), draw(3, middle=-4), draw(scale=2.0), draw(3, scale=0.4), rest)


def in_order(read: SplatCloud, of: SplatCloud) -> SplatCloud:
    """Return the splats of `read` in the order of those of `of`, which they came from: each is the nearest to one."""
    distances = np.linalg.norm(read.means[None] - of.means[:, None], axis=2)
    nearest = distances.argmin(1)
    assert len(set(nearest.tolist())) == len(read) == len(of)
    return SplatCloud(**{name: getattr(read, name)[nearest] for name in SplatCloud.__dataclass_fields__})


def differences(one: SplatCloud, other: SplatCloud) -> dict[str, float]:
    """The largest difference of each quantity; rotations in degrees."""
    cosine = np.abs((one.unit_quaternions() * other.unit_quaternions()).sum(1))
    return {
        "position": float(np.abs(one.means - other.means).max()),
        "turn": float(np.degrees(2 * np.arccos(np.clip(cosine, 0, 1))).max()),
        "log scale": float(np.abs(one.log_scales - other.log_scales).max()),
        "opacity": float(np.abs(one.opacities() - other.opacities()).max()),
        "colour": float(np.abs(one.colours() - other.colours()).max()),
        "harmonics": float(np.abs(one.rest - other.rest).max()),
    }


def steps(ending: str, whole: SplatCloud) -> dict[str, float]:
    """The largest difference that rounding to each format's steps makes, a little more for the floats between."""
    shown = np.clip(whole.colours(), 0, 1) - whole.colours()
    if ending == ".ply":
        return dict.fromkeys(("position", "log scale", "opacity", "colour", "harmonics"), 0.0) | {"turn": 1e-4}
    if ending == ".spz":
        # 2^-13 m; three components of 511 steps over 0.71; 1/32; 1/510; 1/255 of 0.5 / 0.15 in colour; 1/256.
        limits = {"position": 1 / 2**13, "turn": 0.26, "log scale": 1 / 32, "colour": 0.2821 / 0.15 / 510, "harmonics": 1 / 256}
    elif ending == ".splat":
        limits = {"position": 0.0, "turn": 0.9, "log scale": 1e-6, "harmonics": float(np.abs(whole.rest).max())}
        limits["colour"] = 1 / 510 + float(np.abs(shown).max())
    else:
        reach = [np.ptp(values) for values in (whole.means, whole.log_scales, whole.colours())]
        limits = {"position": reach[0] / 2046, "turn": 0.3, "log scale": reach[1] / 2046, "colour": reach[2] / 510}
        limits["harmonics"] = 1 / 64
    return {"opacity": 1 / 510, **limits}


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
@pytest.mark.parametrize("ending", ENDINGS)
def test_splats_come_back_within_the_steps_of_the_format(ending: str, degree: int, tmp_path: Path) -> None:
    whole, path = cloud(degree=degree), tmp_path / f"field{ending}"
    FORMATS[ending].write(path, whole)
    read = read_any(path)
    for name, value in differences(in_order(read, whole), whole).items():
        assert value <= steps(ending, whole)[name] * 1.001 + 1e-6, name
    assert read.degree == min(degree, FORMATS[ending].degree)


@pytest.mark.parametrize(("ending", "turn"), [(".ply", 1e-4), (".spz", 0.01), (".splat", 0.9)])
def test_what_was_rounded_once_is_not_rounded_again(ending: str, turn: float, tmp_path: Path) -> None:
    """But for the rotations of .splat, whose length is rounded as well; a compressed PLY deals splats to chunks anew."""
    path, again = tmp_path / f"field{ending}", tmp_path / f"again{ending}"
    FORMATS[ending].write(path, cloud())
    once = read_any(path)
    FORMATS[ending].write(again, once)
    difference = differences(in_order(read_any(again), once), once)
    assert difference.pop("turn") < turn
    assert max(difference.values()) < 1e-5


@pytest.mark.parametrize("count", [1, 255, 256, 257])
def test_the_last_chunk_need_not_be_full(count: int, tmp_path: Path) -> None:
    FORMATS[".compressed.ply"].write(tmp_path / "field.ply", cloud(count))
    assert len(read_any(tmp_path / "field.ply")) == count
    assert len(PlyData.read(str(tmp_path / "field.ply"))["chunk"].data) == -(-count // 256)


def test_spz_steps_grow_for_splats_kilometres_away(tmp_path: Path) -> None:
    whole = cloud(50)
    whole.means[0] = (30_000, -9, 2)
    FORMATS[".spz"].write(tmp_path / "far.spz", whole)
    assert np.abs(read_any(tmp_path / "far.spz").means - whole.means).max() <= 1 / 2**9
    whole.means[0] = (1e7, 0, 0)
    with pytest.raises(UserError, match="too far for SPZ"):
        FORMATS[".spz"].write(tmp_path / "farther.spz", whole)
    assert [path.name for path in tmp_path.iterdir()] == ["far.spz"]


def test_turning_two_axes_over_turns_what_the_splats_show() -> None:
    """The signs of SPZ's frame, against the rasteriser's own harmonics: a field turned over is seen from the other side."""
    torch = pytest.importorskip("torch")
    from wildfield.fields.splats.reference import harmonics
    from wildfield.fields.splats.spz import BAND_SIGNS, OTHER_AXES

    directions = torch.nn.functional.normalize(torch.from_numpy(np.random.default_rng(2).standard_normal((40, 3))), dim=1)
    turned, plain = (harmonics(each, 3)[:, 1:] for each in (directions * torch.from_numpy(OTHER_AXES), directions))
    assert torch.allclose(turned, plain * torch.from_numpy(BAND_SIGNS))


def test_gsply_reads_the_same_splats(tmp_path: Path) -> None:
    gsply = pytest.importorskip("gsply")
    whole = cloud()
    for ending in (".ply", ".compressed.ply", ".spz"):
        path = tmp_path / f"field{ending}"
        FORMATS[ending].write(path, whole)
        ours = read_any(path)
        theirs = gsply.spz.read_spz(path) if ending == ".spz" else gsply.plyread(str(path))
        # It leaves SPZ's axes as they are in the file.
        axes = np.array([1, -1, -1]) if ending == ".spz" else np.ones(3)
        assert np.allclose(theirs.means * axes, ours.means, atol=1e-6)
        assert np.allclose(theirs.scales, ours.log_scales, atol=1e-5)
        assert np.allclose(theirs.sh0, ours.base, atol=1e-5)
        assert np.allclose(1 / (1 + np.exp(-theirs.opacities)), ours.opacities(), atol=1e-4)
        turns = theirs.quats / np.linalg.norm(theirs.quats, axis=1, keepdims=True) * [1, 1, *axes[1:]]
        assert np.allclose(np.abs((turns * ours.unit_quaternions()).sum(1)), 1, atol=1e-6)
        # The middle coefficient of degree 1 goes with z.
        assert np.allclose(theirs.shN[:, 1] * axes[2], ours.rest[:, 1], atol=1e-5)


def test_splats_of_gsply_are_read(tmp_path: Path) -> None:
    gsply = pytest.importorskip("gsply")
    pytest.importorskip("zstandard")
    whole = cloud()
    FORMATS[".ply"].write(tmp_path / "field.ply", whole)
    theirs = gsply.plyread(str(tmp_path / "field.ply"))
    for version in (3, 4):
        gsply.spz.write_spz(tmp_path / "field.spz", theirs, version=version)
        found = read_any(tmp_path / "field.spz")
        assert np.abs(found.means * [1, -1, -1] - whole.means).max() <= 1 / 2**13 + 1e-6
        assert np.abs(found.log_scales - whole.log_scales).max() <= 1 / 32 + 1e-6


class TestConvert:
    """`wildfield convert`."""

    @pytest.fixture(autouse=True)
    def _field(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "field"
        self.folder.mkdir()
        FORMATS[".ply"].write(self.folder / "splats.ply", cloud(degree=2))

    @pytest.mark.parametrize("ending", ENDINGS)
    def test_a_field_folder_becomes_a_file_of_each_format(self, ending: str, tmp_path: Path, capsys: Any) -> None:
        out = tmp_path / f"new/out{ending}"
        assert main(["convert", str(self.folder), str(out), "--json"]) == DONE
        said = json.loads(capsys.readouterr().out)["result"]
        expected = {"splats": 600, "degree": min(2, FORMATS[ending].degree), "bytes": out.stat().st_size}
        assert said.items() >= expected.items()
        assert len(read_any(out)) == 600

    def test_a_foreign_file_becomes_a_field_that_other_commands_open(self, tmp_path: Path) -> None:
        from wildfield.fields.render import open_field

        FORMATS[".spz"].write(tmp_path / "foreign.spz", cloud())
        assert main(["convert", str(tmp_path / "foreign.spz"), str(tmp_path / "mine")]) == DONE
        assert open_field(tmp_path / "mine")["splats"] == 600
        assert len(read_any(tmp_path / "mine/splats.ply")) == 600
        assert main(["report", str(tmp_path / "mine"), str(tmp_path / "report.html")]) == DONE

    @pytest.mark.parametrize(
        ("source", "out", "words"),
        [
            ("nowhere", "out.spz", "there is no such file"),
            ("empty", "out.spz", "no field here"),
            ("field", "out.spx", "did you mean '.spz'"),
            ("field", "field", "exists and is not empty"),
            ("field", "folder.ply", "is a folder"),
            ("words.splat", "out.ply", "words.splat: is no whole .splat"),
            ("words.spz", "out.ply", "words.spz: is missing or no whole SPZ"),
            ("words.ply", "out.spz", "words.ply: is missing or no whole PLY"),
            ("words.txt", "out.spz", "unknown ending '.txt'"),
        ],
    )
    def test_what_is_wrong_is_one_line_and_leaves_nothing(
        self, source: str, out: str, words: str, tmp_path: Path, capsys: Any
    ) -> None:
        for name in ("empty", "folder.ply"):
            (tmp_path / name).mkdir()
        for ending in ("splat", "spz", "ply", "txt"):
            (tmp_path / f"words.{ending}").write_text("no splats")
        before = sorted(tmp_path.rglob("*"))
        assert main(["convert", str(tmp_path / source), str(tmp_path / out)]) == BAD_INPUT
        said = capsys.readouterr().err
        assert words in said and said.count("\n") == 1
        assert sorted(tmp_path.rglob("*")) == before


def newest_spz(path: Path) -> bytes:
    """The SPZ of version 3 at `path` as version 4: the header, a table, and each attribute compressed by zstd."""
    zstandard = pytest.importorskip("zstandard")
    body = gzip.decompress(path.read_bytes())
    _, _, count, degree, fraction, _, _ = HEADER.unpack(body[:16])
    parts, at = [], 16
    for size in (9, 1, 3, 3, 4, 3 * ((degree + 1) ** 2 - 1)):
        parts.append(body[at : at + size * count])
        at += size * count
    packed = [zstandard.ZstdCompressor().compress(part) for part in parts]
    table = b"".join(struct.pack("<QQ", len(p), len(q)) for p, q in zip(packed, parts, strict=True))
    return HEADER.pack(b"NGSP", 4, count, degree, fraction, 0, 6) + struct.pack("<I12x", 32) + table + b"".join(packed)


def test_spz_of_version_4_and_of_version_2_hold_the_same_splats(tmp_path: Path) -> None:
    FORMATS[".spz"].write(tmp_path / "old.spz", cloud())
    old = read_any(tmp_path / "old.spz")
    (tmp_path / "new.spz").write_bytes(newest_spz(tmp_path / "old.spz"))
    assert max(differences(read_any(tmp_path / "new.spz"), old).values()) < 1e-5
    body = gzip.decompress((tmp_path / "old.spz").read_bytes())
    turns = old.unit_quaternions() * [1, 1, -1, -1] * np.sign(old.quaternions[:, :1])
    short = np.round(turns[:, 1:] * 127.5 + 127.5).astype(np.uint8).tobytes()
    start = 16 + 16 * len(old)
    older = HEADER.pack(b"NGSP", 2, len(old), 3, 12, 0, 0) + body[16:start] + short + body[start + 4 * len(old) :]
    (tmp_path / "older.spz").write_bytes(gzip.compress(older))
    difference = differences(read_any(tmp_path / "older.spz"), old)
    assert difference.pop("turn") < 10, "8 bits, and a w that is worked out from the others"
    assert max(difference.values()) == 0


def damaged(ending: str, whole: bytes, rng: np.random.Generator) -> bytes:
    """One of many ways in which a file comes to be broken: cut, changed bytes, other numbers, a claim of more splats."""
    way = rng.integers(5)
    if ending == ".spz" and way and whole[:2] == b"\x1f\x8b":
        return gzip.compress(damaged("", gzip.decompress(whole), rng), 1)
    if way == 0:
        return whole[: rng.integers(len(whole))]
    content = bytearray(whole)
    if way == 4:
        claims = (b"0", b"-5", b"1e9", b"99999999", b"2500000000", b"9" * 30)
        lying = claims[rng.integers(len(claims))]
        if whole.startswith(b"ply"):
            for kind in (b"chunk", b"vertex", b"sh"):
                if rng.random() < 0.6:
                    content = bytearray(bytes(content).replace(b"element %s " % kind, b"element %s %s " % (kind, lying), 1))
            return bytes(content)
        if whole.startswith(b"NGSP"):
            struct.pack_into("<I", content, 8, int(rng.integers(2**32)))
            return bytes(content)
    at = rng.integers(len(content) if way < 3 else min(len(content), 300), size=rng.integers(1, 9))
    strange = (b"\x00\x00\xc0\x7f", b"\x00\x00\x80\x7f", b"\xff\xff\xff\xff", rng.bytes(4))
    for place in at:
        content[place : place + 4] = strange[rng.integers(4)]
    return bytes(content)


def refused(path: Path) -> str:
    """Return why a file is refused, or "" where it is read, as splats whose numbers are all finite."""
    try:
        found = read_any(path)
    except UserError as error:
        return str(error)
    assert np.isfinite(found.means).all() and np.isfinite(np.exp(found.log_scales)).all()
    return ""


@pytest.mark.parametrize("ending", [".ply", "text.ply", ".compressed.ply", ".spz", "4.spz", ".splat"])
def test_two_hundred_damaged_files_end_in_splats_or_in_one_line(ending: str, tmp_path: Path) -> None:
    kind = "." + ending.split(".", 1)[1]
    path = tmp_path / f"field{kind}"
    FORMATS[kind].write(path, cloud(8 if ending == "text.ply" else 40))
    whole = path.read_bytes()
    if ending == "4.spz":
        whole = newest_spz(path)
    if ending == "text.ply":
        text = io.BytesIO()
        PlyData([PlyElement.describe(PlyData.read(str(path))["vertex"].data, "vertex")], text=True).write(text)
        whole = text.getvalue()
    rng = np.random.default_rng(9)
    lines: list[str] = []
    slowest = 0.0
    tracemalloc.start()
    for _ in range(200):
        path.write_bytes(damaged(kind, whole, rng))
        begun = time.process_time()
        refusal = refused(path)
        slowest = max(slowest, time.process_time() - begun)
        lines += [refusal] if refusal else []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(lines) > 30
    assert all(str(path) in line and "\n" not in line for line in lines)
    assert peak < 3e6, "a file of 10 kB claims gigabytes and must not get them"
    assert slowest < 1


def test_a_bomb_of_a_gigabyte_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    path = tmp_path / "bomb.spz"
    path.write_bytes(gzip.compress(HEADER.pack(b"NGSP", 3, 9_000_000, 3, 12, 0, 0) + bytes(2**24)))
    tracemalloc.start()
    with pytest.raises(UserError, match="claims 9000000 splats"):
        read_any(path)
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()


@pytest.mark.parametrize(("version", "degree", "words"), [(1, 3, "version 1"), (9, 3, "version 9"), (3, 4, "degree 4")])
def test_what_spz_may_become_is_named(version: int, degree: int, words: str, tmp_path: Path) -> None:
    (tmp_path / "new.spz").write_bytes(gzip.compress(HEADER.pack(b"NGSP", version, 0, degree, 12, 0, 0)))
    with pytest.raises(UserError, match=words):
        read_any(tmp_path / "new.spz")
