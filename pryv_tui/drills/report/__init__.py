"""The report of a drill, as text, Markdown and HTML, made from its record and signatures."""
