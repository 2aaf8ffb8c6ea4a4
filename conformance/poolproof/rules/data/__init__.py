"""DATA: what is sent is what arrives, and stays what it was."""
