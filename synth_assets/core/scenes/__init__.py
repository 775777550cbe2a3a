"""Backgrounds, objects painted into them, edits of real photos."""
