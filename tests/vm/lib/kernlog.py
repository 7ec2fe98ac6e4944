# SPDX-License-Identifier: GPL-2.0
"""What a kernel log must not contain."""
import re

TROUBLE = re.compile(
    r"\bBUG\b|WARNING: |\bOops\b|hung task|blocked for more than|refcount_t|"
    r"KASAN|UBSAN|possible circular locking|possible recursive locking|"
    r"inconsistent lock state|possible irq lock inversion|"
    r"suspicious RCU usage|DEBUG_LOCKS_WARN|general protection fault|"
    r"unable to handle|list_(add|del) corruption|ODEBUG|"
    r"kmemleak: \d+ new suspected|sleeping function called|"
    r"scheduling while atomic|Kernel panic|unregister_netdevice: waiting",
    re.I)
# Lines with these words that are harmless.
HARMLESS = re.compile(r"DEBUG_LOCKS|KernelAddressSanitizer initialized|"
                      r"WARNING: Spectre|MDS: Vulnerable|ommand line: |"
                      r"and report a bug$|This is not a bug\.$")


def trouble(text):
    """The lines that report a kernel bug, each with the lines after it."""
    lines = text.splitlines()
    return [line for line in lines
            if TROUBLE.search(line) and not HARMLESS.search(line)]
