"""Plants that store water: cacti, agaves and aloes."""
