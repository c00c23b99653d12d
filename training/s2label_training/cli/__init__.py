"""Commands of this room: parse, call, print. Nothing here imports torch before it is needed."""
