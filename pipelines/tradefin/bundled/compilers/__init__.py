"""One module per publisher: the facts as compiled, reshaped into its bundled tables."""
