"""forkless imports its modules by name when they are used, and torch if the program has it."""

from PyInstaller.utils.hooks import collect_submodules

hiddenimports = collect_submodules("forkless") + collect_submodules("multiprocessing")
excludedimports = ["numpy", "torch"]
