"""Entry of the stage process: `python -m poolproof.stage LOGFILE`.

Children of the pool under test import this module again, as their main module: keep it light.
"""

if __name__ == "__main__":
    from poolproof.stage.serve import main

    main()
