"""What learns: recipes, models, training and prediction. Knows no Qt and no napari."""
