# SPDX-License-Identifier: BSD-3-Clause
"""The appliance under AddressSanitizer and UndefinedBehaviorSanitizer: it serves without a report."""

import os

import harness
import test_hostile
import test_transfer

BUILD = os.environ.get("E2E_SANITIZED",
                       os.path.join(harness.ROOT, "build-test", "sanitized"))


class SanitizedTransfer(test_transfer.Transfers, harness.Case):
    """Its log is read when it is stopped: a report there, or an exit status but 0, is a failure."""

    build = BUILD
    body_bytes = 10_000_000
    echo_bytes = 4 << 20


class SanitizedHostile(test_hostile.Hostile):
    build = BUILD
