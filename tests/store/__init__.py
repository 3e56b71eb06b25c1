"""The store on a real file, with real processes, full disks and kills."""
