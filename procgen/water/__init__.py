"""The lake: its state that materials read (`state`), its surface at rest (`surface`) and the waves on it (`waves`, `motion`)."""
