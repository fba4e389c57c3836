# SPDX-License-Identifier: BSD-3-Clause
"""What `meson install` lays out is enough to build a program: header, library, pkg-config file."""

import glob
import os
import subprocess
import tempfile
import unittest

import harness


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.root = directory.name
        harness.run("meson", "install", "-C", harness.BUILD, "--no-rebuild", timeout=120,
                    env={**os.environ, "DESTDIR": cls.root})
        cls.prefix = os.path.join(cls.root, "usr/local")
        pc = glob.glob(f"{cls.root}/**/lastack.pc", recursive=True)[0]
        # Only the place where the test put it differs from a real installation.
        with open(pc, encoding="utf-8") as file:
            text = file.read()
        with open(pc, "w", encoding="utf-8") as file:
            file.write(text.replace("prefix=/usr/local\n", f"prefix={cls.prefix}\n"))
        cls.env = {**os.environ, "PKG_CONFIG_PATH": os.path.dirname(pc),
                   "LD_LIBRARY_PATH": os.path.dirname(os.path.dirname(pc))}

    def flags(self, *what):
        return harness.run("pkg-config", *what, "lastack", env=self.env).stdout.decode().split()

    def test_programs_and_header_are_there(self):
        for path in ("bin/lastack", "bin/lastackctl", "include/lastack.h"):
            self.assertTrue(os.path.exists(os.path.join(self.prefix, path)), path)
        done = harness.run(os.path.join(self.prefix, "bin/lastack"), "--version", env=self.env)
        self.assertEqual(done.stdout.decode().split()[-1], self.flags("--modversion")[0])

    def test_every_example_builds_against_it(self):
        sources = glob.glob(os.path.join(harness.ROOT, "examples", "*.c"))
        self.assertGreaterEqual(len(sources), 3)
        for source in sources:
            with self.subTest(source=os.path.basename(source)):
                program = os.path.join(self.root, os.path.basename(source)[:-2])
                harness.run("cc", "-std=gnu11", "-O1", "-o", program, source,
                            *self.flags("--cflags", "--libs"), cwd=self.root, timeout=120)
                self.assertTrue(os.access(program, os.X_OK))

    def test_virtual_time_runs(self):
        """The example needs no port and no privileges: it must run to its end."""
        source = os.path.join(harness.ROOT, "examples", "virtual_time.c")
        program = os.path.join(self.root, "virtual_time_run")
        harness.run("cc", "-std=gnu11", "-O1", "-o", program, source,
                    *self.flags("--cflags", "--libs"), cwd=self.root, timeout=120)
        done = subprocess.run([program], capture_output=True, timeout=60, env=self.env, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode(errors="replace"))
