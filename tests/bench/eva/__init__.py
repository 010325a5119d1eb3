"""EVA measured as a driver has her: the parts of `bench voice`."""
