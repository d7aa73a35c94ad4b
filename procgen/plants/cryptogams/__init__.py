"""What has spores: ferns, mosses, lichens and fungi."""
