"""synth_assets: training sets out of reference photos and films."""
