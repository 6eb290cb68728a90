"""What a report is made of: frozen rows whose fields are the keys of results.json.

Nothing here is rounded. None means "not estimable"; a reason stands in `reason` or `note` where the row has
one. `document.Results` holds them all; `json_file` is where they become text and are read again.
"""
