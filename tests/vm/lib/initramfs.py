# SPDX-License-Identifier: GPL-2.0
"""Builds the initramfs of the test VMs: an uncompressed cpio archive."""
import lzma
import os
import re
import stat
import subprocess
import tempfile
from pathlib import Path

from .common import BUILD, VM, BedError

# Loaded by init, in this order. A missing one is reported on the console.
# Crypto: udev loads what the CPU has on a real machine.
AT_BOOT = ["virtio_pci", "virtio_net", "aesni_intel"]

# In the image with what they depend on. "?" before a name: not in every kernel.
MODULES = AT_BOOT + [
    "xhci_pci", "usb_storage", "sd_mod", "?uas", "usbhid", "hid_generic",
    "evdev", "snd_usb_audio", "?snd_hrtimer", "tls",
    "?ghash_clmulni_intel", "?chacha20poly1305", "?chacha_x86_64",
    "?chacha20_x86_64", "?poly1305_x86_64", "?gcm", "?ccm", "?ctr",
    "?ghash_generic", "?seqiv", "?cbcmac", "?chacha_generic",
    "?poly1305_generic", "configfs",
    "libcomposite", "usb_f_mass_storage", "usb_f_ss_lb", "usb_f_fs",
    "dummy_hcd", "usbtest", "usbip_host",
    "vhci_hcd", "usbip_vudc", "?usbmon", "?af_packet", "cdc_ether", "vfat",
    "nls_cp437", "nls_iso8859-1", "?ext4", "?crc32c_generic",
]
OURS = ["usbip_tls_core", "usbip_tls_host", "usbip_tls_vhci"]

# Programs of the host that go in with their libraries; None: not needed.
KMOD = ["modprobe", "lsmod", "rmmod", "insmod", "modinfo"]
PROGRAMS = ["/usr/bin/kmod", "/usr/bin/aplay", "/usr/bin/dbus-daemon",
            "/usr/sbin/avahi-daemon", "/usr/sbin/usbip", "/usr/sbin/usbipd",
            "/usr/bin/stunnel4", "/usr/bin/socat"]
DATA = ["/usr/share/alsa", "/etc/avahi", "/usr/share/dbus-1/system.conf",
        "/usr/share/dbus-1/system.d"]
APPLETS = (
    "sh ash cat cp mv rm mkdir ls ln chmod chown echo env expr head tail wc "
    "sort uniq cut tr sed awk grep find xargs sleep usleep kill killall ps "
    "pidof mount umount dd sync md5sum sha256sum cmp od hexdump base64 dmesg "
    "ip ifconfig route netstat nc ping ping6 hostname uname date stat touch "
    "test true false timeout setsid nohup tee seq printf readlink realpath "
    "basename dirname id su mknod blockdev free uptime top df du sysctl "
    "losetup poweroff reboot halt tty stty vi less more pgrep pkill fuser "
    "which mktemp time watch yes ulimit mkswap swapon swapoff mkdosfs unshare "
    "chroot").split()


class Cpio:
    """Writes an archive in the "newc" format."""

    def __init__(self):
        self.parts = []
        self.seen = set()
        self.inode = 0

    def _entry(self, name, mode, data=b"", rdev=(0, 0)):
        self.inode += 1
        raw = name.encode() + b"\0"
        head = "070701" + "".join(f"{value:08x}" for value in (
            self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, rdev[0], rdev[1],
            len(raw), 0))
        entry = head.encode() + raw
        entry += b"\0" * (-len(entry) % 4) + data
        self.parts.append(entry + b"\0" * (-len(data) % 4))

    def directory(self, name, mode=0o755):
        name = name.strip("/")
        if not name or name in self.seen:
            return
        self.directory(os.path.dirname(name))
        self.seen.add(name)
        self._entry(name, stat.S_IFDIR | mode)

    def file(self, name, data, mode=0o644):
        name = name.strip("/")
        if name in self.seen:
            return
        self.directory(os.path.dirname(name))
        self.seen.add(name)
        self._entry(name, stat.S_IFREG | mode, data)

    def link(self, name, target):
        name = name.strip("/")
        if name in self.seen:
            return
        self.directory(os.path.dirname(name))
        self.seen.add(name)
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def device(self, name, major, minor, mode=0o600):
        self.directory(os.path.dirname(name))
        self._entry(name.strip("/"), stat.S_IFCHR | mode, rdev=(major, minor))

    def bytes(self):
        self._entry("TRAILER!!!", 0)
        return b"".join(self.parts)


def libraries(program):
    """Shared libraries of a program, by ldd."""
    done = subprocess.run(["ldd", str(program)], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if "not found" in done.stdout:
        raise BedError(f"{program} lacks a library:\n{done.stdout}")
    return re.findall(r"(/[^ ]+) \(0x", done.stdout)


def add_program(cpio, path, target=None):
    path = Path(path)
    cpio.file(target or str(path), path.read_bytes(), 0o755)
    for library in libraries(path):
        cpio.file(library, Path(library).read_bytes(), 0o755)


def add_thread_exit(cpio, program):
    """The library that pthread_exit() opens by itself, so that ldd does not show it."""
    libc, = [library for library in libraries(program)
             if library.endswith("/libc.so.6")]
    library = Path(libc).with_name("libgcc_s.so.1")
    cpio.file(str(library), library.read_bytes(), 0o755)


def add_tree(cpio, path, target):
    """A directory of the host with its files and their modes."""
    for root, dirs, files in os.walk(path):
        inside = os.path.join(target, os.path.relpath(root, path))
        inside = os.path.normpath(inside)
        cpio.directory(inside, stat.S_IMODE(os.stat(root).st_mode))
        for name in sorted(dirs):
            if os.path.islink(os.path.join(root, name)):
                cpio.link(f"{inside}/{name}",
                          os.readlink(os.path.join(root, name)))
        for name in sorted(files):
            file = Path(root, name)
            if file.is_symlink():
                cpio.link(f"{inside}/{name}", os.readlink(file))
            else:
                cpio.file(f"{inside}/{name}", file.read_bytes(),
                          stat.S_IMODE(file.stat().st_mode))


def module_files(tree, release, name):
    """A module and its dependencies, in the order of loading."""
    optional = name.startswith("?")
    done = subprocess.run(
        ["modprobe", "-d", str(tree), "-S", release, "--show-depends",
         "--ignore-install", name.lstrip("?")], text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        if optional:
            return []
        raise BedError(f"kernel {release}: {done.stderr.strip()}")
    return [Path(line.split()[1]) for line in done.stdout.splitlines()
            if line.startswith("insmod ")]


def module_bytes(path):
    data = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dcq", str(path)], check=True,
                              stdout=subprocess.PIPE).stdout
    return data


def add_modules(cpio, tree, release, ours):
    """The modules in one flat directory, with depmod's indexes."""
    with tempfile.TemporaryDirectory() as temp:
        flat = Path(temp) / "lib/modules" / release
        flat.mkdir(parents=True)
        for name in MODULES:
            for path in module_files(tree, release, name):
                target = flat / re.sub(r"\.(xz|zst|gz)$", "", path.name)
                if not target.exists():
                    target.write_bytes(module_bytes(path))
        for path in ours:
            (flat / path.name).write_bytes(path.read_bytes())
        for name in ("modules.builtin", "modules.builtin.modinfo",
                     "modules.order"):
            source = Path(tree) / "lib/modules" / release / name
            (flat / name).write_bytes(
                source.read_bytes() if source.exists() else b"")
        subprocess.run(["depmod", "-b", temp, release], check=True)
        add_tree(cpio, flat, f"/lib/modules/{release}")


def build_agent():
    source = VM / "guest/agent.c"
    program = BUILD / "ut-agent"
    if (not program.exists() or
            program.stat().st_mtime < source.stat().st_mtime):
        BUILD.mkdir(exist_ok=True)
        subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-Wall",
                        "-Wextra", "-Werror", "-static", "-o", str(program),
                        str(source)], check=True)
    return program


def add_base(cpio):
    for name in ("proc", "sys", "dev", "run", "tmp", "root", "etc", "sbin",
                 "usr/sbin", "usr/bin", "var/log"):
        cpio.directory(name)
    cpio.directory("tmp", 0o1777)
    cpio.link("var/run", "/run")
    cpio.device("/dev/console", 5, 1)
    cpio.device("/dev/null", 1, 3, 0o666)
    cpio.file("init", (VM / "guest/init").read_bytes(), 0o755)
    cpio.file("bin/ut-agent", build_agent().read_bytes(), 0o755)
    cpio.file("bin/busybox", Path("/bin/busybox").read_bytes(), 0o755)
    for applet in APPLETS:
        cpio.link(f"bin/{applet}", "busybox")
    for tool in KMOD:
        cpio.link(f"sbin/{tool}", "/usr/bin/kmod")
    # The shell of busybox prefers its own applets, whatever PATH says.
    cpio.file("etc/functions", "".join(
        f"{tool}() {{ /sbin/{tool} \"$@\"; }}\n" for tool in KMOD).encode())
    cpio.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"
              b"messagebus:x:100:102::/nonexistent:/bin/false\n"
              b"avahi:x:103:107::/run/avahi-daemon:/bin/false\n"
              b"nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n")
    cpio.file("etc/group", b"root:x:0:\nnogroup:x:65534:\naudio:x:29:\n"
              b"messagebus:x:102:\navahi:x:107:\nnetdev:x:106:\n")
    cpio.file("etc/nsswitch.conf", b"passwd: files\ngroup: files\n"
              b"hosts: files\n")
    cpio.file("etc/modules-at-boot",
              "".join(f"{name}\n" for name in AT_BOOT).encode())


def build(kernel, release, target, ours=(), programs=(), trees=(), files=()):
    """Writes the archive.

    kernel: directory of kernels.py; ours: our modules' files; programs:
    {path in the VM: path here}; trees: {directory in the VM: directory here};
    files: {path in the VM: text}.
    """
    cpio = Cpio()
    add_base(cpio)
    for name in PROGRAMS:
        add_program(cpio, name)
    add_thread_exit(cpio, "/usr/bin/stunnel4")
    for name in DATA:
        if os.path.isdir(name):
            add_tree(cpio, name, name)
        else:
            cpio.file(name, Path(name).read_bytes())
    for inside, path in dict(programs).items():
        add_program(cpio, path, inside)
    for inside, path in dict(trees).items():
        add_tree(cpio, path, inside)
    for inside, text in dict(files).items():
        cpio.file(inside, text.encode())
    add_modules(cpio, kernel / "modules", release, ours)
    target.write_bytes(cpio.bytes())
