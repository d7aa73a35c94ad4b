"""Trees: broadleaf trees, conifers, palms, and dead wood."""
