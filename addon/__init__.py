"""What a person sees in Blender: panels, operators, the viewport's splats, the render engine, the worker process."""

from __future__ import annotations
