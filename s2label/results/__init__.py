"""What a model made of a whole scene: rasters of classes, probabilities and RGB, and objects."""
