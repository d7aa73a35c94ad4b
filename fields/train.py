"""Train a field on a scene folder: the loop around a trainer, with progress, checkpoints and the field on disk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..progress import Progress, Task
from .data import open_scene
from .early_stop import stalled
from .files import write_json, writing
from .interruption import Interruption, deferred_interrupt
from .kinds import KINDS
from .memory import GIB, memory_told, used_memory
from .requirements import require_device, require_learning
from .settings import TrainSettings
from .training import Training

FIELD_FORMAT = 1
SHOWN = 0.05
"""Seconds between two lines of progress on a GPU, which the host waits for to tell the loss."""
VALIDATIONS, PATIENT_VALIDATIONS = 10, 40
"""Points of the curve, evenly over the training, beside the one at the start: usually, and to stop early."""


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Run torch on one thread, so that sums have one order; the kernels have their own threads."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def train(scene: Path, out: Path, settings: TrainSettings, progress: Progress) -> dict[str, Any]:
    """Train a field on the scene folder `scene` into the folder `out` and return what field.json holds.

    `out` gets the file of its kind of field, written anew at every point of the curve for whoever looks on, field.json, and
    checkpoint.safetensors, which `settings.resume` goes on from. On Ctrl-C the checkpoint is written and
    KeyboardInterrupt goes on to the caller, as does the UserError for a picture that turns out broken on the way; a second
    Ctrl-C within a step, or the end of the memory, leave the checkpoint before. With
    `settings.steps` the field has the same bits on a CPU whenever scene, settings, seed and kind of processor are the same;
    with `settings.seconds` the steps depend on the machine's speed, and field.json records them.

    Raises UserError for a scene, settings, device or output folder that cannot be used; nothing is written then.
    """
    settings.check()
    require_learning()
    settings = replace(settings, device=require_device(settings.device))
    if not settings.resume and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out}: is there and not empty; choose another output folder or add --resume")
    opened = open_scene(scene)
    if settings.patience is not None and not opened.views["val"]:
        raise UserError(f"{scene}: --patience needs val views, and the scene has none")
    kind = KINDS[settings.field]
    kind.require_memory(opened, settings)
    with one_torch_thread(), progress.task("Reading the scene", 1):
        trainer = kind.trainer(opened, settings)
    try:
        if settings.resume:
            trainer.load(out)
        with progress.task("Reading the pictures", len(opened.views["train"])) as task:
            trainer.fill(lambda there: task.set(there))
        with writing(out):
            out.mkdir(parents=True, exist_ok=True)
        with one_torch_thread(), deferred_interrupt() as interruption:
            with progress.task("Preparing kernels (compiled at the first use)", 1):
                trainer.warm_up()
            trainer.save(out)  # a disk without room is known now and not after the training
            with memory_told(trainer.smaller):
                try:
                    _run(trainer, out, settings, interruption, progress)
                except (KeyboardInterrupt, UserError):
                    trainer.clock.stop()
                    if trainer.whole:
                        trainer.save(out)
                    raise
                trainer.save(out)
            field = _describe(trainer, scene, settings)
            write_json(out / "field.json", field)
    finally:
        trainer.close()
    return field


def _run(trainer: Training, out: Path, settings: TrainSettings, interruption: Interruption, progress: Progress) -> None:
    """Take steps until the training is done; raise KeyboardInterrupt after the step during which it was asked for."""
    total = settings.steps if settings.steps is not None else settings.seconds
    assert total is not None
    with progress.task(f"Training {settings.field}", total) as task:
        quality = trainer.note_curve() if not trainer.curve else trainer.curve[-1]["psnr"]
        trainer.show(out)
        points = PATIENT_VALIDATIONS if settings.patience else VALIDATIONS
        marks = [k / points for k in range(1, points + 1) if k / points > trainer.fraction()]
        saved, started, first = time.monotonic(), trainer.clock.seconds, trainer.steps_done
        shown = 0.0
        trainer.clock.start()
        while (trainer.fraction() < 1 and not stalled(trainer.curve, settings.patience)) or not trainer.steps_done:
            trainer.step()
            if marks and trainer.fraction() >= marks[0]:
                trainer.clock.stop()
                quality = trainer.note_curve()
                trainer.show(out)
                marks = [mark for mark in marks if mark > trainer.fraction()]
                trainer.clock.start()
            speed = (trainer.steps_done - first) / max(trainer.clock.now() - started, 1e-9)
            if settings.device == "cpu" or time.monotonic() - shown > SHOWN or trainer.fraction() == 1:
                _show(task, trainer, settings, quality, speed)
                shown = time.monotonic()
            if interruption.wanted:
                raise KeyboardInterrupt
            if time.monotonic() - saved > settings.checkpoint_seconds:
                trainer.clock.stop()
                trainer.save(out)
                saved = time.monotonic()
                trainer.clock.start()
        trainer.clock.stop()


def _show(task: Task, trainer: Training, settings: TrainSettings, quality: float | None, speed: float) -> None:
    seconds = trainer.clock.now()
    if settings.steps is not None:
        done, left = float(trainer.steps_done), (settings.steps - trainer.steps_done) / speed
    else:
        assert settings.seconds is not None
        done, left = seconds, settings.seconds - seconds
    left = max(0.0, left)
    text = f"{quality:.1f} dB, " if quality is not None else ""
    memory, card = used_memory(settings.device), " of the GPU" if settings.device == "cuda" else ""
    text += f"{speed:.1f} steps/s, {trainer.size_told()}, {memory / GIB:.1f} GiB{card}, {left:.0f} s left"
    task.set(
        done, text, step=trainer.steps_done, seconds=round(seconds, 1), loss=round(trainer.loss, 5), psnr=quality,
        **trainer.size(), steps_per_second=round(speed, 2), left=round(left, 1),
        memory=memory,
    )  # fmt: skip


def _describe(trainer: Training, scene: Path, settings: TrainSettings) -> dict[str, Any]:
    """Return what field.json holds."""
    last = trainer.curve[-1] if trainer.curve else {}
    return {
        "format": FIELD_FORMAT,
        "type": settings.field,
        "scene": str(scene.resolve()),
        "steps": trainer.steps_done,
        "seconds": round(trainer.clock.seconds, 3),
        "seed": settings.seed,
        "settings": settings.lasting(),
        "stopped_early": trainer.fraction() < 1,
        "device": settings.device,
        **trainer.described(),
        "scores": {"val": {"psnr": last.get("psnr")}},
        "curve": trainer.curve,
    }
