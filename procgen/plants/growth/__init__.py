"""How plants grow: space colonisation, crowns, species as ranges of parameters, seasons and colours."""
