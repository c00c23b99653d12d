"""A predicted scene as one HTML file: picture, classes and objects on a map, without network."""
