"""What came out of a poolproof run: result schema, Markdown and HTML."""
