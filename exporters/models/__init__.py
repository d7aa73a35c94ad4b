"""Assets and worlds as files of other programs: `assets` writes one plant or stone, `scene_files` gathers a whole world."""
