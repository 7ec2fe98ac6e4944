# SPDX-License-Identifier: GPL-2.0
"""The test bed: virtual machines, the wire between them, the runner."""
