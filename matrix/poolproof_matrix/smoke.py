"""smoke"""
from poolproof_matrix.session import WindowsSession
def run(session: WindowsSession) -> int: raise NotImplementedError
