"""One module per form in which a registry or a hospital delivers; each checks a file and can land it."""
