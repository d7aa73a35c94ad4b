"""What several formats need: codecs, run lengths, regions of ids, sequences of pictures, COLMAP's records and tracks."""
