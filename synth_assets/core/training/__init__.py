"""The training set: merging, splits, export layouts."""
