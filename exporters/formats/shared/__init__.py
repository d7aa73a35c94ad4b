"""What several formats need: files of a frame, lenses, sequences, codecs, run lengths, regions of ids, COLMAP's records."""
