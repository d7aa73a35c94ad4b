"""Text in panels: wrapped to the width of the region, and times to wait in words."""

from __future__ import annotations

import bpy

PIXELS_A_LETTER = 6.5
MARGIN_LETTERS = 6


def draw_text(layout: bpy.types.UILayout, text: str, icon: str, context: bpy.types.Context) -> None:
    """Draw text over as many lines as the region's width asks for."""
    scale = context.preferences.system.ui_scale or 1.0  # 0 where there is no window
    letters = context.region.width / (PIXELS_A_LETTER * scale)
    width = max(20, int(letters) - MARGIN_LETTERS)
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    column = layout.column(align=True)
    for number, part in enumerate([*lines, line]):
        column.label(text=part, icon="NONE" if icon == "NONE" else icon if number == 0 else "BLANK1")


def duration(seconds: float) -> str:
    """Return a time to wait, such as "40 s", "3 min" or "2.5 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
