#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# sudo make demo: installs what is missing, builds, boots a dock and a tablet in
# two virtual machines with stock Debian kernels, and uses a USB stick and a
# keyboard of the dock on the tablet over kernel TLS. Exits 0 only if the tablet
# reads from the stick exactly what the dock has on it.
#
# usage: tests/demo/demo.sh [6.1|6.12]
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
if [ "$(id -u)" != 0 ]; then
	echo "demo: needs root to install packages: sudo make demo" >&2
	exit 1
fi
echo "1. Packages that building and the virtual machines need"
"$top/tests/install-deps.sh"
exec "$top/tests/demo/demo.py" "$@" </dev/null
