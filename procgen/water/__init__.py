"""The lake: its state that materials read (`state`), its surface at rest (`surface`), its waves (`waves`, `motion`)."""
