"""The one node writer, what geometry trees begin with, the truth group of every material, and the way into Blender."""
