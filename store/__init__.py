"""How it is kept: one file per noun; each function reads something or changes it in one transaction."""
