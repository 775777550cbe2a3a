"""The library: pure functions on arrays and tables; knows no Dagster and no torch."""
