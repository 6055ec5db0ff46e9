"""The code that is compiled for payoffs has names and numbers of our own making, and nothing of the file's."""

import re
import sys

import numpy as np

from bargain.payoffs.numeric import compile_payoffs

ALLOWED = re.compile(
    r"_lambdifygenerated|def|return|x\d+|s\d+|where|exp|log|sqrt|absolute|sign|minimum|maximum|nan|inf|"
    r"logical_and|logical_or|logical_not|True|False"
)
WATCHED = []
HOOKED = []


def watch(event, arguments):
    if WATCHED and event.split(".")[0] in ("compile", "exec", "open", "import", "os", "subprocess", "socket", "ctypes"):
        WATCHED.append((event, arguments))


def test_only_our_own_code_is_compiled_and_nothing_is_opened(build):
    if not HOOKED:
        sys.addaudithook(watch)  # it stays for the life of the process, and sleeps after this test
        HOOKED.append(True)
    names = ["eval", "open", "os", "exec_", "α", "beta", "self", "print"]
    formula = (
        "max(eval, open*1e308, 3) + log(os + 1)*sqrt(beta) + exp(-α)^self + (print if eval > 0.25 and not os < 1 "
        "else abs(exec_ - 1e-320)) + open^exec_ + 1e308*1e308*eval"
    )
    document = build(names, {"US": {"eval": formula}}, parameters={"__import__": 2.0}, limits=[("a", "eval + os <= 9")])
    payoffs = compile_payoffs(document)
    # What sympy and numpy load at their first use is none of the file's doing.
    compile_payoffs(build(["a"], {"US": {"a": "a^2"}})).values([1.0])
    WATCHED.append("on")
    try:
        for ask in (payoffs.gradient, payoffs.hessian, payoffs.limit_gradient, payoffs.allowed):
            ask(np.full(8, 1.5))
    finally:
        seen = WATCHED[1:]
        WATCHED.clear()
    compiled = [arguments[0] for event, arguments in seen if event == "compile"]
    assert len(compiled) >= 3
    for source in compiled:
        text = source.decode() if isinstance(source, bytes) else str(source)
        words = re.findall(r"[^\W\d]\w*", re.sub(r"(?<!\w)\d+(?:\.\d*)?(?:e[+-]?\d+)?", "0", text))
        assert [word for word in words if not ALLOWED.fullmatch(word)] == []
    others = [(event, arguments) for event, arguments in seen if event not in ("compile", "exec")]
    assert others == []
    executed = [arguments[0].co_filename for event, arguments in seen if event == "exec"]
    assert all(re.fullmatch(r"<lambdifygenerated-\d+>|<string>", name) for name in executed), executed
