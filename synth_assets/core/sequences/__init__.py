"""Sequences: ordering pictures by a trait and showing them."""
