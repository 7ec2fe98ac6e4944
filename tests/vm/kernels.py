#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Kernels of the test bed, downloaded once and kept in the cache.

usage: kernels.py fetch [--update] NAME...   put them into the cache
       kernels.py kdir NAME                  what modules are built against
       kernels.py path NAME                  directory of the kernel
       kernels.py release NAME               its release, as uname -r says

NAME is 6.1 (the newest kernel of Debian 12), 6.12 (the newest of its backports
and security updates) or debug (built by tests/debug-kernel/build.sh). kdir, path
and release fetch a stock kernel that is missing; --update asks Debian for a newer
one.

The directory of a kernel holds vmlinux, modules/lib/modules/RELEASE, release
and kdir. Nothing is installed and the apt of the machine is not touched. What the
headers depend on is not unpacked with them, so tests/install-deps.sh has to bring
it: a kernel whose headers want more is refused.
"""
import fcntl
import lzma
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("USBIP_TLS_CACHE", "/var/cache/usbip-tls"))
HOME = CACHE / "kernels"
SUITES = {
    "6.1": ["bookworm", "bookworm-security"],
    "6.12": ["bookworm-backports", "bookworm-security"],
}
ARCH = "amd64"
# Packages of the kernel's that are unpacked with its headers.
PARTS = ("linux-headers-", "linux-kbuild-", "linux-compiler-")
# What the packages of a kernel need when they are installed, as nobody does here.
INSTALLED_ONLY = ("linux-base", "linux-image-")


class KernelError(Exception):
    """A message for the user."""


def say(text):
    print(f"kernels: {text}", file=sys.stderr, flush=True)


def run(*argv, **kwargs):
    """Runs a command; returns what it printed."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, check=False, **kwargs)
    if done.returncode:
        raise KernelError(f"{' '.join(map(str, argv))} failed")
    return done.stdout


class Apt:
    """apt with sources and lists of its own."""

    def __init__(self, name):
        self.base = HOME / f"apt-{name}"
        self.debs = self.base / "debs"
        for part in ("lists/partial", "cache/archives/partial", "debs"):
            (self.base / part).mkdir(parents=True, exist_ok=True)
        (self.base / "sources.list").write_text(
            run(TOP / "tests/mirror.sh", *SUITES[name]))
        # The newest counts, whatever suite it is in.
        (self.base / "preferences").write_text(
            "Package: *\nPin: release *\nPin-Priority: 500\n")

    def tool(self, program, *argv, **kwargs):
        return run(program, "-q", "-o", "APT::Sandbox::User=root",
                   "-o", f"Dir::Etc::sourcelist={self.base}/sources.list",
                   "-o", "Dir::Etc::sourceparts=/dev/null",
                   "-o", f"Dir::Etc::preferences={self.base}/preferences",
                   "-o", "Dir::Etc::preferencesparts=/dev/null",
                   "-o", f"Dir::State::lists={self.base}/lists",
                   "-o", f"Dir::Cache={self.base}/cache",
                   "-o", "Dir::State::status=/dev/null",
                   *argv, **kwargs)

    def update(self):
        """Asks for the lists. A mirror need not have every suite: backports go
        away in time."""
        try:
            self.tool("apt-get", "update")
        except KernelError as err:
            say(f"{err}; looking at what did come")

    def newest_image(self, name):
        """Package name of the newest image of a series."""
        pattern = rf"^linux-image-{re.escape(name)}\.[^ ]*-{ARCH}$"
        best = None
        for line in self.tool("apt-cache", "search", "--names-only",
                              pattern).splitlines():
            package = line.split()[0]
            if re.search(r"cloud|rt-|-dbg|unsigned", package):
                continue
            # Suites keep images whose headers are gone.
            if not self.tool("apt-cache", "pkgnames", as_headers(package)):
                continue
            version = self.field(package, "Version")
            if best is None or subprocess.run(
                    ["dpkg", "--compare-versions", version, "gt", best[0]],
                    check=False).returncode == 0:
                best = (version, package)
        if best is None:
            raise KernelError(f"Debian has no kernel image {name}.*-{ARCH}")
        return best[1]

    def field(self, package, key):
        """A field of a package's newest version; "" if it has none."""
        text = self.tool("apt-cache", "show", "--no-all-versions", package)
        found = re.search(rf"^{key}: (.*)$", text, re.M)
        return found.group(1) if found else ""

    def headers(self, image):
        """Returns the headers package and its parts, by name, and the other
        packages that one of them depends on, as apt writes that: "a | b"."""
        parts, others = [as_headers(image)], set()
        for package in parts:
            for entry in self.field(package, "Depends").split(","):
                entry = re.sub(r" *\([^)]*\)", "", entry).strip()
                if entry.startswith(PARTS):
                    parts += [entry] if entry not in parts else []
                elif entry and not entry.startswith(INSTALLED_ONLY):
                    others.add(entry)
        return parts, others

    def download(self, package):
        """Returns the .deb; one that is there already is not fetched again."""
        uri = self.tool("apt-get", "download", "--print-uris", package)
        deb = self.debs / uri.split()[1]
        size = int(uri.split()[2])
        if not deb.exists() or deb.stat().st_size != size:
            say(f"downloading {deb.name}, {size >> 20} MiB")
            self.tool("apt-get", "download", package, cwd=self.debs)
        if not deb.exists():
            raise KernelError(f"apt did not deliver {deb.name}")
        return deb


def as_headers(image):
    return image.replace("linux-image-", "linux-headers-", 1)


def brought(packages):
    """What is there after these packages have been installed by the machine's
    apt on a machine with nothing, and what they stand for."""
    plan = run("apt-get", "-s", "-q", "--no-install-recommends",
               "-o", "Dir::State::status=/dev/null", "install", *packages,
               env={**os.environ, "LC_ALL": "C"})
    names = set(re.findall(r"^Inst (\S+)", plan, re.M))
    provided = run("apt-cache", "show", "--no-all-versions", *names)
    for line in re.findall(r"^Provides: (.*)$", provided, re.M):
        names |= {word.split()[0] for word in line.split(",")}
    return names


def unmet(needs, packages):
    """Those of a kernel's needs that installing packages would not meet."""
    there = brought(packages)
    return sorted(entry for entry in needs
                  if not there & {name.strip() for name in entry.split("|")})


def check_needs(image, needs):
    packages = run(TOP / "tests/install-deps.sh", "--list").split()
    missing = unmet(needs, packages)
    if missing:
        raise KernelError(f"the headers of {image} depend on "
                          f"{', '.join(missing)}, which tests/install-deps.sh "
                          "does not install; name it there")


def extract_vmlinux(vmlinuz, vmlinux):
    """Takes the ELF image out of a bzImage (boot protocol 2.08)."""
    data = vmlinuz.read_bytes()
    if data[0x202:0x206] != b"HdrS":
        raise KernelError(f"{vmlinuz} is not a bzImage")
    offset, length = struct.unpack_from("<II", data, 0x248)
    start = (data[0x1f1] + 1) * 512 + offset
    payload = data[start:start + length]
    if payload.startswith(b"\xfd7zXZ\0"):
        image = lzma.LZMADecompressor().decompress(payload)
    elif payload.startswith(b"\x28\xb5\x2f\xfd"):
        done = subprocess.run(["zstd", "-dcq"], input=payload[:-4],
                              stdout=subprocess.PIPE, check=True)
        image = done.stdout
    else:
        raise KernelError(f"{vmlinuz}: unknown compression")
    if not image.startswith(b"\x7fELF"):
        raise KernelError(f"{vmlinuz}: its payload is not an ELF file")
    vmlinux.write_bytes(image)


def relocate_headers(root, home, release):
    """Makes an unpacked headers tree work where it is; returns its kdir."""
    kdir = root / "usr/src" / f"linux-headers-{release}"
    for path in [kdir / "Makefile", kdir / ".kernelvariables"]:
        if path.exists():
            text = path.read_text()
            path.write_text(text.replace("/usr/src/", f"{home}/root/usr/src/")
                            .replace("/usr/lib/", f"{home}/root/usr/lib/"))
    for name in ("scripts", "tools"):
        if not (kdir / name).is_dir():
            raise KernelError(f"{kdir}/{name} leads nowhere")
    return kdir


def unpack(work, home, release, images, headers):
    root = work / "root"
    for deb in headers:
        run("dpkg-deb", "-x", deb, root)
    kdir = relocate_headers(root, home, release)
    (work / "kdir").symlink_to(kdir.relative_to(work))

    image = work / "image"
    for deb in images:
        run("dpkg-deb", "-x", deb, image)
    extract_vmlinux(image / "boot" / f"vmlinuz-{release}", work / "vmlinux")
    modules = work / "modules/lib/modules"
    modules.mkdir(parents=True)
    found = [image / "lib/modules" / release, image / "usr/lib/modules" / release]
    os.rename(next(path for path in found if path.is_dir()), modules / release)
    for name in ("build", "source"):
        (modules / release / name).unlink(missing_ok=True)
    shutil.rmtree(image)
    run("depmod", "-b", work / "modules", release)
    (work / "release").write_text(release + "\n")


def fetch(name):
    """Downloads and unpacks the newest kernel of a series."""
    say(f"asking Debian for kernel {name}")
    apt = Apt(name)
    apt.update()
    image = apt.newest_image(name)
    release = image.removeprefix("linux-image-")
    version = apt.field(image, "Version").replace(":", "_").replace("~", "_")
    home = HOME / f"{release}_{version}"
    if not (home / "release").exists():
        parts, needs = apt.headers(image)
        check_needs(image, needs)
        debs = {package: apt.download(package) for package in [image, *parts]}
        say(f"unpacking {release}")
        work = HOME / f"{home.name}.new"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        unpack(work, home, release, [debs.pop(image)], debs.values())
        shutil.rmtree(home, ignore_errors=True)
        work.rename(home)
        for deb in apt.debs.glob("*.deb"):
            deb.unlink()
    link = HOME / f"{name}.new"
    link.unlink(missing_ok=True)
    link.symlink_to(home.name)
    link.rename(HOME / name)
    say(f"{name} is {release}")


def debug_kernel():
    found = run(str(TOP / "tests/debug-kernel/build.sh"), "--check")
    return Path(found.strip())


def path(name, update=False):
    """Directory of a kernel; fetches a stock one that is not there."""
    if name == "debug":
        return debug_kernel()
    if name not in SUITES:
        raise KernelError(f"unknown kernel {name}; there are "
                          f"{', '.join(SUITES)} and debug")
    if update or not (HOME / name / "release").exists():
        HOME.mkdir(parents=True, exist_ok=True)
        with open(HOME / "lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if update or not (HOME / name / "release").exists():
                fetch(name)
    return (HOME / name).resolve()


def release_of(name):
    home = path(name)
    file = home / ("version" if name == "debug" else "release")
    return file.read_text().strip()


def main(argv):
    if len(argv) < 2 or argv[0] not in ("fetch", "kdir", "path", "release"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    verb, names = argv[0], argv[1:]
    update = "--update" in names
    for name in names:
        if name == "--update":
            continue
        if verb == "fetch":
            path(name, update)
        elif verb == "kdir":
            print((path(name) / "kdir").resolve())
        elif verb == "path":
            print(path(name))
        else:
            print(release_of(name))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KernelError as err:
        say(err)
        sys.exit(1)
