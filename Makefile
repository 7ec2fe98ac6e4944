# SPDX-License-Identifier: GPL-2.0
# The only entry. `make help` lists the goals.

VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
JOBS ?= $(shell nproc)

DESTDIR ?=

# K: for which kernel: empty for the one that runs, 6.1, 6.12 or debug for those
# of the test bed. KDIR: headers of another kernel.
K ?=
KDIR ?= $(if $(K),$(shell tests/vm/kernels.py kdir $(K)),/lib/modules/$(shell uname -r)/build)
MODDIR := $(CURDIR)/build/modules$(if $(K),-$(K))

all: helper

help:
	@echo 'sudo make demo          show the main job in two virtual machines'
	@echo 'sudo make check         tests of everything: unit, modules, virtual machines'
	@echo 'sudo make check-all     all tests, on all kernels (hours)'
	@echo 'sudo make check-unit    unit tests'
	@echo 'sudo make check-modules modules build cleanly everywhere, dkms works'
	@echo 'sudo make check-vm      cases in virtual machines: T="case ..." K=6.1|6.12'
	@echo 'sudo make check-fresh   all builds and installs on a new machine: D="12 13"'
	@echo 'sudo make check-system  packages in two machines: DOCK=12|13 TABLET=12|13'
	@echo 'sudo make check-debug   the same cases on a debug kernel (slow): PART=1/2'
	@echo 'sudo make fuzz          fuzz the parsers: SECONDS=600'
	@echo 'sudo make mutate        what the unit tests overlook: N=5 SEED=1 T="tablet wire"'
	@echo 'make style              rules that all sources keep'
	@echo 'make format             lay out new C files: F="FILE ..."'
	@echo 'make compile_commands.json  how each C file is compiled, for editors: K=6.1|6.12'
	@echo 'make helper             usbip-tls, usbip-tlsd and their workers, into build/'
	@echo 'make modules            kernel modules: K=6.1|6.12 or KDIR=...'
	@echo 'sudo make deb           Debian packages, into build/deb'
	@echo 'sudo make install       all but the kernel modules, without packages'
	@echo 'sudo make dkms-install  kernel modules by dkms'
	@echo 'sudo make uninstall     and dkms-remove: take it away again'
	@echo 'make clean'

helper:
	$(MAKE) -C helper

# Objects go beside sources, so every kernel gets a copy of its own.
modules:
	@mkdir -p $(MODDIR)
	@cp -ru --parents -t $(MODDIR) Kbuild dkms.conf drivers include
	$(MAKE) -C $(KDIR) M=$(MODDIR) $(KFLAGS) modules

demo:
	tests/demo/demo.sh

check:
	tests/check.sh

check-all:
	tests/check.sh --all

check-unit: helper
	$(MAKE) -C tests/unit check
	tests/install/completion.sh
	tests/install/check.sh

check-modules:
	tests/modules/check.sh

check-vm:
	tests/vm/run.py $(if $(K),-k $(K)) $(T)

# D: which Debian.
check-fresh:
	tests/install-deps.sh
	tests/fresh/check.sh $(D)

check-system:
	tests/install-deps.sh
	tests/system/run.py $(if $(DOCK),--dock $(DOCK)) $(if $(TABLET),--tablet $(TABLET))

check-debug:
	tests/check.sh --debug $(T)

fuzz:
	tests/install-deps.sh --fuzz
	$(MAKE) -C tests/fuzz run $(if $(SECONDS),SECONDS=$(SECONDS))

# N: mistakes in each folder.
mutate:
	tests/install-deps.sh
	tests/mutate/run.py $(if $(N),-n $(N)) $(if $(SEED),--seed $(SEED)) $(T)

style:
	tests/style/check.py

# For what one writes; why not for the whole tree says .clang-format.
CLANG_FORMAT ?= clang-format-19

format:
	$(if $(F),,$(error name the files: F="FILE ..."))
	$(CLANG_FORMAT) -i $(F)

# Of the modules as well if make modules was there before, with the same K or KDIR.
compile_commands.json:
	tests/compile_commands.py $(if $(wildcard $(MODDIR)),$(MODDIR) $(KDIR))

# Into DESTDIR, or into this machine; prefix, sbindir, ... see helper/etc/Makefile.
install: helper
	$(MAKE) -C helper/etc install
	$(if $(DESTDIR),,helper/etc/live.sh start)

uninstall:
	$(if $(DESTDIR),,helper/etc/live.sh stop)
	$(MAKE) -C helper/etc uninstall
	$(if $(DESTDIR),,helper/etc/live.sh forget)

DKMS_SRC = /usr/src/usbip-tls-$(VERSION)

dkms-source:
	install -d $(DESTDIR)$(DKMS_SRC)
	cp -r --parents -t $(DESTDIR)$(DKMS_SRC) Kbuild dkms.conf drivers include
	chmod -R u=rwX,go=rX $(DESTDIR)$(DKMS_SRC)

dkms-install: dkms-source
	dkms add usbip-tls/$(VERSION)
	dkms install usbip-tls/$(VERSION)

dkms-remove:
	dkms remove usbip-tls/$(VERSION) --all
	rm -rf $(DKMS_SRC)

# Debian packages, into build/deb. DEB_SUFFIX=+1: a version that upgrades this one.
deb:
	tests/install-deps.sh --deb
	debian/make.sh $(VERSION)$(DEB_SUFFIX)

clean:
	rm -rf build

.PHONY: all help helper modules demo check check-all check-unit check-modules check-vm \
	check-fresh check-system check-debug fuzz mutate style format compile_commands.json \
	install uninstall dkms-source dkms-install dkms-remove deb clean
