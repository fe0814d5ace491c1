#!/usr/bin/env python3
"""The lab's network: makes hosts, each a network namespace with one cable, and is the switch that all cables end in.

It carries every frame in user space, since few kernels let those who are not root slow down or cut a line.

usage: switch.py HOSTS SOCKET SECONDS

Makes host1, host2, …, with eth0 at 10.231.7.1, 10.231.7.2, …; prints "ready"; ends after so many seconds, whatever happens.
Listens on a Unix socket for commands, one a line, and answers each with "ok" once it holds, or with what is wrong with it.
`A-B` is the line between two hosts, both ways; `A>B` is one way.

  delay A-B MS      frames take this long
  jitter A-B MS     and up to this much longer, by chance; they stay in order
  loss A-B SHARE    this share of them is lost
  rate A-B KBIT     no more than so many kbit/s pass; beyond 64 KiB that wait for their turn frames are lost
  cut A-B           none pass, also of those on their way
  heal              nothing is cut any more
  reset             all lines are as in the beginning: fast, whole and without bound
"""
import array
import fcntl
import heapq
import itertools
import random
import select
import socket
import struct
import subprocess
import sys
import time

# What a home router keeps for a slow line before it drops: half a second at 1 Mbit/s.
QUEUE_BYTES = 64 * 1024

# Frames taken from one port before others have their turn.
BURST = 64

# Numbers of the kernel that Python has no names for.
ETH_P_ALL = 0x0003
SOL_PACKET = 263
PACKET_IGNORE_OUTGOING = 23
SIOCETHTOOL = 0x8946
OFFLOADS = (0x17, 0x1F, 0x24)  # ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO


class Wire:
    """One direction between two hosts."""

    def __init__(self):
        self.delay = self.jitter = self.loss = 0.0  # seconds, seconds, share
        self.rate = float("inf")  # bytes a second
        self.cut = False
        self.free_at = 0.0  # when the sender has got rid of all frames so far
        self.last_at = 0.0  # when the last of them arrives

    def arrival(self, size, now):
        """When a frame that is sent now arrives; None where it is lost."""
        starts_at = max(self.free_at, now)
        if self.cut or random.random() < self.loss or starts_at - now > QUEUE_BYTES / self.rate:
            return None
        self.free_at = starts_at + size / self.rate
        self.last_at = max(self.last_at, self.free_at + self.delay + random.random() * self.jitter)
        return self.last_at


class Switch:
    """Ports and wires by the numbers of their hosts, and the frames that are on their way."""

    def __init__(self, ports):
        self.ports = ports
        self.wires = {}
        self.reset()
        self.learnt = {}  # which host an Ethernet address was seen at
        self.on_way = []  # a heap: (arrival, number, wire, port, frame)
        self.numbers = itertools.count()

    def reset(self):
        self.wires.update({pair: Wire() for pair in itertools.permutations(self.ports, 2)})

    def take(self, host):
        """Takes in what a host has sent."""
        for _ in range(BURST):
            try:
                frame = self.ports[host].recv(65536)
            except BlockingIOError:
                return
            target, source = frame[:6], frame[6:12]
            self.learnt[source] = host
            to_all = target[0] & 1 or target not in self.learnt
            for other in self.ports if to_all else [self.learnt[target]]:
                if other != host:
                    self.send(host, other, frame)

    def send(self, source, target, frame):
        now = time.monotonic()
        wire = self.wires[source, target]
        at = wire.arrival(len(frame), now)
        if at is not None:
            heapq.heappush(self.on_way, (at, next(self.numbers), wire, self.ports[target], frame))

    def deliver(self):
        """Hands over all that has arrived. Gives the seconds until the next frame does, or None where none is on its way."""
        while self.on_way:
            wait = self.on_way[0][0] - time.monotonic()
            if wait > 0:
                return wait
            _, _, wire, port, frame = heapq.heappop(self.on_way)
            if not wire.cut:
                try:
                    port.send(frame)
                except OSError:
                    pass  # The host's queue is full: lost, as on any cable.
        return None

    def command(self, line):
        verb, *args = line.split()
        if verb == "reset":
            self.reset()
        elif verb == "heal":
            for wire in self.wires.values():
                wire.cut = False
        else:
            for wire in self.between(args.pop(0)):
                self.set(wire, verb, *args)

    def between(self, line):
        """The wires of `A-B` or `A>B`."""
        one_way = ">" in line
        a, b = (int(host) for host in line.split(">" if one_way else "-"))
        return [self.wires[a, b]] if one_way else [self.wires[a, b], self.wires[b, a]]

    def set(self, wire, verb, value=""):
        if verb == "cut":
            wire.cut = True
        elif verb == "rate":
            wire.rate = float(value) * 1000 / 8
        elif verb == "loss":
            wire.loss = float(value)
        elif verb in ("delay", "jitter"):
            setattr(wire, verb, float(value) / 1000)
        else:
            raise ValueError(f"no command {verb}")


def make_host(number):
    """A namespace with a cable; gives the socket on its other end."""
    host, port, near = f"host{number}", f"port{number}", f"near{number}"
    run(f"ip netns add {host}")
    run(f"ip link add {port} type veth peer name {near}")
    for name in (port, near):
        whole_frames(name)
    run(f"ip link set {near} netns {host} name eth0")
    run(f"ip link set {port} addrgenmode none up")
    run(f"ip -n {host} link set lo up")
    run(f"ip -n {host} addr add 10.231.7.{number}/24 dev eth0")
    run(f"ip -n {host} link set eth0 up")
    run(f"ip -n {host} route add 224.0.0.0/4 dev eth0")
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    end.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    end.bind((port, 0))
    end.setblocking(False)
    return end


def whole_frames(name):
    """Between veths the kernel leaves checksums and the cutting into frames for later: here both are done when a host sends."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for offload in OFFLOADS:
            value = array.array("I", [offload, 0])
            fcntl.ioctl(control, SIOCETHTOOL, struct.pack("16sP", name.encode(), value.buffer_info()[0]))


def run(command):
    subprocess.run(command.split(), check=True)


def obey(switch, client):
    """Reads what a client wants, does it, and answers. False: it has gone."""
    try:
        lines = client.recv(4096).decode().splitlines()
        for line in lines:
            client.sendall(f"{answer(switch, line)}\n".encode())
        return len(lines) > 0
    except ConnectionError:
        return False


def answer(switch, line):
    try:
        switch.command(line)
        return "ok"
    except (ValueError, KeyError, IndexError, TypeError) as error:
        return f"cannot do {line!r}: {error!r}"


def main(hosts, path, seconds):
    ends_at = time.monotonic() + seconds
    switch = Switch({number: make_host(number) for number in range(1, hosts + 1)})
    commands = socket.socket(socket.AF_UNIX)
    commands.bind(path)
    commands.listen()
    hosts_of = {port: number for number, port in switch.ports.items()}
    clients = []
    print("ready", flush=True)
    while time.monotonic() < ends_at:
        # select, since epoll waits by whole milliseconds: half of the nearest host's round trip.
        ready, _, _ = select.select([*hosts_of, commands, *clients], [], [], switch.deliver() or 1)
        for one in ready:
            if one in hosts_of:
                switch.take(hosts_of[one])
            elif one is commands:
                clients.append(commands.accept()[0])
            elif not obey(switch, one):
                clients.remove(one)
                one.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
