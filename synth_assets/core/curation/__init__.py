"""Frames of films: metrics, instances, decisions, the four strategies."""
