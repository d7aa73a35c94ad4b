"""What grows and lies where: habitat masks, a world-fixed lattice of places, and the plants and stones drawn from both."""
