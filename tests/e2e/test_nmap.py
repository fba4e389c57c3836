# SPDX-License-Identifier: BSD-3-Clause
"""What nmap makes of us: how well our numbers can be guessed, beside the kernel of this machine."""

import os
import xml.etree.ElementTree

import harness
from harness import OURS

OTHER = "198.18.1.1"  # the kernel of a second namespace


class Nmap(harness.Case):
    seconds = 120

    @classmethod
    def prepare_path(cls):
        """A second kernel, which listens on the same port."""
        cls.other = harness.Namespace(f"nmap-{os.getpid()}")
        cls.keep(cls.other.close)
        cls.ns.ip("link", "add", "side0", "type", "veth", "peer", "name", "side1")
        cls.ns.ip("link", "set", "side1", "netns", cls.other.name)
        for ns, end, address in ((cls.ns, "side0", "198.18.1.2"), (cls.other, "side1", OTHER)):
            ns.ip("addr", "add", f"{address}/24", "dev", end)
            ns.ip("link", "set", end, "up")
        listener = cls.other.socket()
        listener.bind((OTHER, 80))
        listener.listen(64)
        cls.keep(listener.close)

    def look(self, address):
        """What nmap says about the numbers of a host, by element and attribute."""
        done = self.ns.run("nmap", "-n", "-Pn", "-O", "-v", "-p", "80,81", "-oX", "-", address,
                           timeout=self.seconds)
        host = xml.etree.ElementTree.fromstring(done.stdout).find("host")
        seen = {name: host.find(name) for name in
                ("tcpsequence", "ipidsequence", "tcptssequence")}
        self.assertNotIn(None, seen.values(), done.stdout.decode())
        self.figure(f"{address}: sequence numbers {seen['tcpsequence'].get('index')}, "
                    f"{seen['tcpsequence'].get('difficulty')}; IP ID "
                    f"{seen['ipidsequence'].get('class')}; timestamps "
                    f"{seen['tcptssequence'].get('class')}")
        return seen

    def test_numbers_are_as_hard_to_guess_as_linux_ones(self):
        ours, linux = self.look(OURS), self.look(OTHER)
        for element, attribute in (("tcpsequence", "difficulty"), ("ipidsequence", "class"),
                                   ("tcptssequence", "class")):
            with self.subTest(element=element):
                self.assertEqual(ours[element].get(attribute), linux[element].get(attribute))
        # The index is an estimate from six numbers: two looks at the same host differ by some.
        index, theirs = (int(seen["tcpsequence"].get("index")) for seen in (ours, linux))
        self.assertGreater(index, theirs * 0.9)

    def test_probes_for_versions_harm_nobody(self):
        done = self.ns.run("nmap", "-n", "-Pn", "-sV", "--version-light", "-p", "80", "-oX", "-", OURS,
                           timeout=self.seconds)
        ports = xml.etree.ElementTree.fromstring(done.stdout).findall("host/ports/port")
        self.assertEqual([port.find("state").get("state") for port in ports], ["open"])
        self.assertEqual(ports[0].find("service").get("name"), "http")
