"""Ctrl-C inside of a callback from compiled code, where Python drops exceptions, is not lost."""

import ctypes
import os
import signal
import time
from pathlib import Path

import pytest

from bargain.cli.interrupts import noticed_interrupts

PRESSES = "def press():\n    os.kill(os.getpid(), signal.SIGINT)\n    return 0\n"


def called_back():
    """Press Ctrl-C in a function that stands in a file of llvmlite and is called by compiled code."""
    names = {"os": os, "signal": signal}
    exec(compile(PRESSES, str(Path(os.sep, "site", "llvmlite", "engine.py")), "exec"), names)
    return ctypes.CFUNCTYPE(ctypes.c_int)(names["press"])()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers that send signals")
def test_an_interrupt_in_a_callback_of_llvmlite_waits_until_it_has_returned():
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM)
    with noticed_interrupts() as interrupts:
        assert called_back() == 0
        assert interrupts.seen
        with pytest.raises(KeyboardInterrupt):
            time.sleep(10)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM)) == handlers
