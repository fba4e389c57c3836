# SPDX-License-Identifier: BSD-3-Clause
"""Hugepages that are taken for a run and given back."""

PAGES = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
PAGE = 2 << 20


class Pages:
    """Hugepages for one run, by difference: others may take pages of their own meanwhile."""

    def __init__(self, size):
        self.wanted = -(-size // PAGE)

    def __enter__(self):
        before = self._read()
        self._write(before + self.wanted)
        self.added = self._read() - before
        if self.added < self.wanted:
            self.__exit__()
            raise SystemExit(f"this machine gives {self.added} of {self.wanted} hugepages")
        return self

    def __exit__(self, *_):
        self._write(max(0, self._read() - self.added))

    @staticmethod
    def _read():
        with open(PAGES, encoding="ascii") as file:
            return int(file.read())

    @staticmethod
    def _write(number):
        with open(PAGES, "w", encoding="ascii") as file:
            file.write(str(number))
