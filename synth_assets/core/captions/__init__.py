"""Captions: cleaning, clusters."""
