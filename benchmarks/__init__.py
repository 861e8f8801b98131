"""What docs/performance.md quotes: ratios against a named baseline of the same run."""
