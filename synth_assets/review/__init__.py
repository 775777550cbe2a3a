"""The review page: a character's decisions in the browser, to accept or to change (``synth review``)."""
