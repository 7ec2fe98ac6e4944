#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Boots the debug kernel and proves that KASAN, lockdep, kmemleak,
# DEBUG_ATOMIC_SLEEP, DEBUG_LIST and failslab do their work: a module built
# against its kdir commits one crime after the other, each must be reported.
# Without this a debug run without reports would mean nothing.
#
# usage: tests/debug-kernel/selftest.sh   (builds the kernel first if need be)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
limit=${SELFTEST_TIMEOUT:-180}

for tool in qemu-system-x86_64 cpio /bin/busybox; do
	command -v "$tool" >/dev/null || {
		echo "selftest: $tool is missing; run as root: apt-get install" \
			"--no-install-recommends qemu-system-x86 cpio busybox-static" >&2
		exit 1
	}
done

kernel=$("$here/build.sh")
work=$(mktemp -d)
qemu=
cleanup() {
	[ -z "$qemu" ] || kill "$qemu" 2>/dev/null || :
	rm -rf "$work"
}
trap cleanup EXIT

mkdir "$work/module"
cp "$here/provoke.c" "$work/module/"
echo 'obj-m := provoke.o' > "$work/module/Kbuild"
make -s -C "$kernel/kdir" M="$work/module" CC="${KCC:-gcc-12}" modules >&2

mkdir -p "$work/root"/{bin,proc,sys,dev}
cp /bin/busybox "$work/root/bin/"
cp "$here/init" "$work/module/provoke.ko" "$work/root/"
(cd "$work/root" && find . | cpio -o -H newc --quiet) > "$work/initramfs"

qemu-system-x86_64 -M q35 -nodefaults -no-user-config -accel tcg,thread=multi \
	-cpu max -smp 2 -m 768 -display none -no-reboot \
	-kernel "$kernel/vmlinux" -initrd "$work/initramfs" \
	-append "console=ttyS0 panic=-1 mitigations=off tsc=reliable no_timer_check random.trust_cpu=on rdinit=/init" \
	-serial "file:$work/console" </dev/null >"$work/qemu.log" 2>&1 &
qemu=$!

deadline=$((SECONDS + limit))
while kill -0 "$qemu" 2>/dev/null; do
	if [ "$SECONDS" -ge "$deadline" ]; then
		echo "selftest: no end after $limit s; the console said:" >&2
		tail -50 "$work/console" "$work/qemu.log" >&2
		exit 1
	fi
	read -r -t 0.5 <> <(:) || :
done
qemu=

tr -d '\r' < "$work/console" > "$work/log"
grep -E '^(ok|not ok|1\.\.)' "$work/log" || :
passed=$(grep -c '^ok ' "$work/log" || :)
failed=$(grep -c '^not ok ' "$work/log" || :)
if ! grep -qx "1..$((passed + failed))" "$work/log"; then
	echo "selftest: the guest did not finish; its console:" >&2
	tail -80 "$work/log" >&2
	failed=$((failed + 1))
elif [ "$failed" -ne 0 ]; then
	cat "$work/log" >&2
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
