"""Dagster assets: thin bodies around core functions."""
