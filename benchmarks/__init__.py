"""Our copy engine beside the programs that an operator would use instead.

`python -m benchmarks.copy` measures; the results are in `docs/benchmarks.md`. Not a part of the
product and not run by CI.
"""
