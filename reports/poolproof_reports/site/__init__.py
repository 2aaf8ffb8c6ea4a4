"""Any number of runs as one site of plain files: `build.build_site` writes it."""
