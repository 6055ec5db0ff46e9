"""Claims checked from their definitions: this room imports no solver and shares no tolerance with one."""
