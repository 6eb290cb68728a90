"""A file a question; its docstring is the question. Frames in, frozen results out."""
