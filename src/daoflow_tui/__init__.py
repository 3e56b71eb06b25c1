"""The front ends of the operations core: the console on screen and the command line."""
