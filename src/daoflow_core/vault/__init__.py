"""The vault: secrets sealed for one place each, under a root that only a key slot gives back."""
