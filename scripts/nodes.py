"""Servers on this machine, for scripts/cluster and scripts/sentinel: a connection, a process, a table, the keys pressed."""
import concurrent.futures
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import termios
import time
import tty

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def fail(text, status=1):
    print(text, file=sys.stderr)
    sys.exit(status)


def number(name, text, low, high):
    """The number that `text` says, or an end with a word about what was expected."""
    if not re.fullmatch(r"[0-9]+", text) or not low <= int(text) <= high:
        fail(f"{name} is a number from {low} to {high}, not '{text}'", 2)
    return int(text)


def server_binary():
    """BINARY from the environment, else the release build."""
    given = os.environ.get("BINARY") or os.path.join(ROOT, ".build/release/ringdove")
    found = shutil.which(given)
    return os.path.abspath(found) if found else fail(f"no server at {given}: make build makes one")


def is_taken(port):
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def demand_free(ports, variable="PORT"):
    taken = [port for port in ports if is_taken(port)]
    if taken:
        fail(f"port {taken[0]} is taken: stop what listens there, or choose others with {variable}=…\n"
             f"({len(ports)} ports are needed: {', '.join(map(str, ports))})")


class Connection:
    """A client of one server. Every wait ends after `patience` seconds with an OSError."""

    def __init__(self, port, patience=0.5):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=patience)
        self.file = self.socket.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()

    def __call__(self, *words):
        self.send(*words)
        return self.read()

    def send(self, *words):
        parts = [str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))

    def read(self):
        """The next reply. Errors come as text that begins with `-`."""
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise OSError("the connection was closed")
        kind, rest = line[:1], line[1:-2].decode()
        if kind == b"-":
            return "-" + rest
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == "-1" else self.file.read(int(rest) + 2)[:-2].decode(errors="replace")
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        return rest


class Node:
    """One server process with a folder of its own, where its files and its log are."""

    def __init__(self, port, folder, command):
        self.port, self.folder, self.command = port, folder, command
        self.process = self.connection = None
        self.info, self.rate = {}, None
        self.sampled = None
        self.is_stopped = False

    def start(self):
        os.makedirs(self.folder, exist_ok=True)
        with open(self.log_path, "ab") as log:
            # A session of its own, so that Ctrl-C reaches the script alone and nodes are stopped in order.
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.is_stopped = False

    def clear_data(self):
        """Removes the data, and keeps the log."""
        shutil.rmtree(os.path.join(self.folder, "appendonlydir"), ignore_errors=True)
        for name in os.listdir(self.folder) if os.path.isdir(self.folder) else []:
            if name.endswith(".rdb"):
                os.unlink(os.path.join(self.folder, name))

    def ask_to_end(self):
        # One that was stopped hears of it when it goes on.
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)

    def await_end(self, seconds=10):
        """Waits for the end that was asked for; what has not come then comes by force."""
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def log_path(self):
        return os.path.join(self.folder, "log")

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, what):
        if self.is_running:
            self.process.send_signal(what)
            self.is_stopped = what == signal.SIGSTOP

    def ask(self, *words):
        """The reply, or None where there is no answer."""
        try:
            if self.connection is None:
                self.connection = Connection(self.port)
            return self.connection(*words)
        except (OSError, ValueError):
            if self.connection:
                self.connection.close()
            self.connection = None
            return None

    def sample(self):
        """Takes INFO; `info` is empty where there is no answer."""
        text = self.ask("INFO", "everything") if self.is_running else None
        before, self.info = self.info, {}
        if not isinstance(text, str) or text.startswith("-"):
            self.rate = self.sampled = None
            return
        self.info = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        now, count = time.monotonic(), int(self.info.get("total_commands_processed", 0))
        if self.sampled and before:
            self.rate = max(count - self.sampled[1], 0) / max(now - self.sampled[0], 0.001)
        self.sampled = (now, count)

    @property
    def condition(self):
        """One word for the column `link`, where there is no link to speak of."""
        if not self.is_running:
            return "ended"
        if self.is_stopped:
            return "stopped"
        return None if self.info else "silent"

    def log_end(self, lines=15):
        with open(self.log_path, errors="replace") as log:
            return "".join(log.readlines()[-lines:])


def sample_all(nodes):
    with concurrent.futures.ThreadPoolExecutor(max(len(nodes), 1)) as pool:
        list(pool.map(lambda node: node.sample(), nodes))


def stop_all(nodes):
    """Ends all nodes in good order, within ten seconds by force."""
    for ended in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(ended, signal.SIG_IGN)
    for node in nodes:
        node.ask_to_end()
    for node in nodes:
        node.await_end()


HEADINGS = ("role", "port", "link", "offset", "behind", "lag s", "memory", "commands/s", "keys")
WIDTHS = (7, 5, 7, 12, 9, 5, 8, 10, 8)


def heading():
    return line_of(HEADINGS)


def line_of(cells):
    return " ".join(
        f"{cell:<{width}}" if index in (0, 2) else f"{cell:>{width}}"
        for index, (cell, width) in enumerate(zip(cells, WIDTHS)))


def row(node, lags, end):
    """A line of the table. `lags`: seconds by port, `end`: the primary's offset."""
    info = node.info
    if node.condition:
        return line_of(("-", node.port, node.condition) + ("-",) * 6)
    offset = int(info.get("master_repl_offset", 0))
    is_replica = info.get("role") == "slave"
    return line_of((
        "replica" if is_replica else "primary", node.port,
        info.get("master_link_status", "-") if is_replica else "-", offset,
        max(end - offset, 0) if is_replica else "-", lags.get(str(node.port), "-") if is_replica else "-",
        info.get("used_memory_rss_human", "-"), "-" if node.rate is None else f"{node.rate:,.0f}", keys(info)))


def keys(info):
    return sum(int(value.split(",")[0].split("=")[1]) for name, value in info.items() if re.fullmatch(r"db\d+", name))


def table(nodes):
    """The lines for all nodes, as they were sampled last."""
    lags, end = {}, 0
    for node in nodes:
        for name, value in node.info.items():
            if re.fullmatch(r"slave\d+", name):
                fields = dict(field.split("=", 1) for field in value.split(","))
                lags[fields["port"]] = fields["lag"]
        if node.info.get("role") == "master":
            end = max(end, int(node.info.get("master_repl_offset", 0)))
    return [heading()] + [row(node, lags, end) for node in nodes]


class Screen:
    """Lines that are redrawn in place on a terminal, and printed every ten seconds elsewhere; and the keys pressed."""

    def __init__(self):
        self.is_terminal = sys.stdout.isatty()
        self.height = 0
        self.printed = 0.0
        self.settings = None

    def __enter__(self):
        if self.is_terminal and sys.stdin.isatty():
            self.settings = termios.tcgetattr(sys.stdin)
            tty.setcbreak(sys.stdin)
        return self

    def __exit__(self, *_):
        if self.settings:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self.settings)

    def say(self, text):
        """A line that stays, above the table."""
        self.clear()
        print(text, flush=True)

    def clear(self):
        if self.is_terminal and self.height:
            sys.stdout.write(f"\033[{self.height}A\033[J")
        self.height = 0

    def show(self, lines):
        if self.is_terminal:
            self.clear()
            columns, rows = shutil.get_terminal_size()
            # The last line says which keys there are; what does not fit goes from the middle.
            if len(lines) >= rows > 3:
                lines = lines[:rows - 3] + [f"… {len(lines) - rows + 2} lines more", lines[-1]]
            sys.stdout.write("".join(line[:columns] + "\n" for line in lines))
            self.height = len(lines)
        elif time.monotonic() - self.printed >= 10:
            self.printed = time.monotonic()
            print("\n".join(lines))
        sys.stdout.flush()

    def wait(self, seconds, others=()):
        """Waits for a key or for one of `others` (sockets). Returns the key or None, and the sockets that are ready."""
        sources = list(others) + ([sys.stdin] if self.settings else [])
        ready, _, _ = select.select(sources, [], [], seconds)
        key = os.read(sys.stdin.fileno(), 1).decode(errors="replace") if sys.stdin in ready else None
        return key, [source for source in ready if source is not sys.stdin]
