"""Profiles of reference photos: statistics, tone, time slots."""
