"""Grasses and flowers."""
