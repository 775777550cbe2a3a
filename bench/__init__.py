"""Benchmarks: each compares in one run and prints a ratio."""
