"""Exploration of a set of pictures: rows, classes, balance, sizes, orientation, channels, licences."""
