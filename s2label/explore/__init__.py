"""What is in a data set: counts, distributions, spectra, clouds, dates and places of its chips."""
