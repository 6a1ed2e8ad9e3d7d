// The one unit that builds the precompiled header; every MLIR library reuses it.
