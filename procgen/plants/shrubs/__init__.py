"""Woody plants without one trunk: shrubs, hedges, climbers."""
