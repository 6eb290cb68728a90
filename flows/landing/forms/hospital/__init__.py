"""Hospital tables read through a mapping."""
