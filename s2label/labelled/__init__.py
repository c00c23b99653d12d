"""Labels as a model meets them: which chips, what each pixel is worth, who is held out."""
