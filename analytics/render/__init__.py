"""Results in, pages out. Rounding happens here and nowhere else; nothing here estimates."""
