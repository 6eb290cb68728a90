"""Answers from what is published: queries, exports, explanations, differences."""
