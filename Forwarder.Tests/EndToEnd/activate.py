"""Makes listening sockets and runs a program that inherits them (sd_listen_fds(3)): again for each SIGHUP, until SIGTERM.

activate.py ADDRESS... -- PROGRAM [ARGUMENT]...
ADDRESS is HOST:PORT (port 0: a free one), the same HOST:PORT twice for two sockets that share it, or the path of a unix
socket. Their real addresses replace {0}, {1}, ... in forward.toml of the working directory.
"""
import os
import signal
import socket
import sys

split = sys.argv.index("--")
program = sys.argv[split + 1:]
sockets = []
ports = {}
for address in sys.argv[1:split]:
    if "/" in address:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(address)
        name = "unix:" + address
    else:
        host, port = address.rsplit(":", 1)
        listening = socket.socket(socket.AF_INET)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind((host, ports.get(address, int(port))))
        ports[address] = listening.getsockname()[1]
        name = "%s:%d" % listening.getsockname()
    listening.listen(4096)
    sockets.append((listening, name))

text = open("forward.toml").read()
for i, (_, name) in enumerate(sockets):
    text = text.replace("{%d}" % i, name)
open("forward.toml", "w").write(text)


def run():
    child = os.fork()
    if child > 0:
        return child
    # First out of the way of where they have to be.
    high = [os.dup(listening.fileno()) for listening, _ in sockets]
    high = [os.dup2(fd, 100 + i) for i, fd in enumerate(high)]
    for i, fd in enumerate(high):
        os.dup2(fd, 3 + i, inheritable=True)
    os.closerange(3 + len(high), 200)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(high)), LISTEN_FDNAMES=":".join(["web"] * len(high)))
    os.execvp(program[0], program)


watched = [signal.SIGHUP, signal.SIGTERM, signal.SIGCHLD]
signal.pthread_sigmask(signal.SIG_BLOCK, watched)
child = run()
again = False
while True:
    came = signal.sigwait(watched)
    if came == signal.SIGCHLD:
        if os.waitpid(child, os.WNOHANG) == (0, 0):
            continue
        if not again:
            sys.exit(0)
        child, again = run(), False
    else:
        again = came == signal.SIGHUP
        os.kill(child, signal.SIGTERM)
