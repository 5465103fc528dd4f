"""A report of runs: one document, made of what is stored, as HTML, Markdown or a notebook."""
