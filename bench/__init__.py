"""Benchmarks: each prints ratios against a peer measured in the same run."""

import daoflow_tui  # noqa: F401 - as in the product, it comes before textual and sets how often a screen is painted
