"""The lake: its state that materials read (`state`) and its surface (`surface`)."""
