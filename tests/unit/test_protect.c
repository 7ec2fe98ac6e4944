// SPDX-License-Identifier: GPL-2.0
/* Which USB devices carry file systems and swap: helper/needs/protect*.c. */
#include "lib/need_bed.h"
#include "lib/unit.h"

/* Mounts in addition to those of the running initramfs. */
static void mounts(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void mounts(const char *fmt, ...)
{
	char text[8192];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fake(text, "proc/self/mountinfo");
}

static void swap(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void swap(const char *fmt, ...)
{
	char text[1024] = FAKE_SWAPS;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + strlen(text), sizeof(text) - strlen(text), fmt, ap);
	va_end(ap);
	fake(text, "proc/swaps");
}

static void test_nothing(void **state)
{
	fake_stick(FAKE_USB, "1-2", 'b');
	assert_free("1-2");
}

static void test_partition(void **state)
{
	fake_stick(FAKE_USB, "1-2", 'b');
	fake_stick(FAKE_USB, "1-3", 'c');
	mounts("20 1 0:5 / /dev rw - devtmpfs udev rw\n"
	       "21 1 8:17 / / rw,relatime shared:1 master:2 - ext4 /dev/sdb1 rw\n"
	       "22 21 0:50 / /tmp rw - tmpfs  rw\n");
	assert_needed("1-2", "it carries the root file system (/dev/sdb1 on /)");
	assert_free("1-3");
}

/* The bus id of one device may be a prefix of another's. */
static void test_neighbours(void **state)
{
	fake_usb(FAKE_USB, "1-1");
	fake_stick(FAKE_USB "/1-1", "1-1.2", 'b');
	fake_stick(FAKE_USB "/1-1", "1-1.21", 'c');
	fake_stick(FAKE_USB, "1-10", 'd');
	mounts("21 1 8:49 / / rw - ext4 /dev/sdd1 rw\n");
	assert_true(need_has("1-10"));
	assert_free("1-1");
	assert_free("1-1.2");
	mounts("21 1 8:33 / / rw - ext4 /dev/sdc1 rw\n");
	assert_true(need_has("1-1.21"));
	assert_free("1-1.2");
	assert_free("1-10");
	/* The hub is needed for what hangs on it. */
	assert_true(need_has("1-1"));
}

static void test_hub(void **state)
{
	fake_usb(FAKE_USB, "1-1");
	fake_stick(FAKE_USB "/1-1", "1-1.1", 'b');
	fake_stick(FAKE_USB "/1-1", "1-1.2", 'c');
	mounts("21 1 8:18 / / rw - ext4 /dev/sdb2 rw\n");
	assert_true(need_has("1-1.1"));
	assert_true(need_has("1-1"));
	assert_free("1-1.2");
}

/* LUKS on LVM on a RAID of two sticks, and a partition of that RAID. */
static void test_stack(void **state)
{
	fake_stick(FAKE_USB, "1-2", 'b');
	fake_stick(FAKE_USB, "1-3", 'c');
	fake_stick(FAKE_USB, "1-4", 'd');
	fake_virtual("md0", 9, 0);
	fake_slave("md0", "sdb1");
	fake_slave("md0", "sdc");
	fake_virtual("dm-0", 253, 0);
	fake_slave("dm-0", "md0");
	fake_virtual("dm-1", 253, 1);
	fake_slave("dm-1", "dm-0");
	mounts("21 1 253:1 / / rw - ext4 /dev/mapper/dock-root rw\n");
	assert_needed("1-2", "it carries the root file system (/dev/mapper/dock-root on /)");
	assert_true(need_has("1-3"));
	assert_free("1-4");

	fake_partition("devices/virtual/block/md0/md0p1", 259, 0);
	mounts(FAKE_INITRAMFS "21 1 259:0 / /boot rw - ext4 /dev/md0p1 rw\n");
	assert_needed("1-3", "it carries a file system of this machine (/dev/md0p1 on /boot)");
	assert_true(need_has("1-2"));
	assert_free("1-4");
}

/* Debian live: the root file system is in a file on the stick. */
static void test_loop(void **state)
{
	char file[256];

	fake_stick(FAKE_USB, "1-2", 'b');
	fake_stick(FAKE_USB, "1-3", 'c');
	fake("squashfs", "medium/live/root.squashfs");
	fake_virtual("loop0", 7, 0);
	snprintf(file, sizeof(file), "%s/medium/live/root.squashfs\n",
		 fake_root);
	fake(file, "devices/virtual/block/loop0/loop/backing_file");
	mounts("900001 1 7:0 / / ro - squashfs /dev/loop0 ro\n"
	       "%u 21 8:17 / /run/live/medium ro - vfat /dev/sdb1 ro\n",
	       fake_mount_id());
	assert_needed("1-2", "it carries the root file system (/dev/loop0 on /)");
	assert_free("1-3");
	/* A file that is gone may be on any disk. */
	fake("/medium/root.squashfs (deleted)\n",
	     "devices/virtual/block/loop0/loop/backing_file");
	assert_needed("1-3", "it may carry the root file system (/dev/loop0 on /): which disks are behind that cannot be seen");
	assert_true(need_has("1-2"));
	/* losetup takes a disk, too. */
	fake("/dev/sdc1\n", "devices/virtual/block/loop0/loop/backing_file");
	assert_true(need_has("1-3"));
	assert_free("1-2");
}

static void test_btrfs(void **state)
{
	fake_stick(FAKE_USB, "1-2", 'b');
	fake_stick(FAKE_USB, "1-3", 'c');
	fake_stick(FAKE_USB, "1-4", 'd');
	fake(NULL, "fs/btrfs/features/");
	fake_link("class/block/sdd1", "fs/btrfs/11-22/devices/sdd1");
	fake_link("class/block/sdb1", "fs/btrfs/33-44/devices/sdb1");
	fake_link("class/block/sdc", "fs/btrfs/33-44/devices/sdc");
	mounts("21 1 0:30 /@ / rw - btrfs /dev/sdb1 rw,subvol=/@\n"
	       "22 21 0:30 /@home /home rw - btrfs /dev/sdb1 rw\n");
	assert_needed("1-2", "it carries the root file system (/dev/sdb1 on /)");
	assert_true(need_has("1-3"));
	assert_free("1-4");
	/* The kernel has mounted it by a name that is not a node. */
	mounts("21 1 0:30 / / rw - btrfs /dev/root rw\n");
	assert_true(need_has("1-4"));
	/* Its other members cannot be seen. */
	mounts("21 1 0:30 / / rw - btrfs /dev/sdb2 rw\n");
	assert_true(need_has("1-2"));
	assert_true(need_has("1-4"));
}

static void test_bcachefs(void **state)
{
	fake_stick(FAKE_USB, "1-2", 'b');
	fake_stick(FAKE_USB, "1-3", 'c');
	fake_stick(FAKE_USB, "1-4", 'd');
	mounts("21 1 0:30 / / rw - bcachefs /dev/sdb1:/dev/sdc1 rw\n");
	assert_true(need_has("1-2"));
	assert_true(need_has("1-3"));
	assert_free("1-4");
}

static void test_xfs_log(void **state)
{
	fake_stick(FAKE_USB, "1-2", 'b');
	fake_stick(FAKE_USB, "1-3", 'c');
	mounts("21 1 8:17 / / rw - xfs /dev/sdb1 rw,attr2,logdev=/dev/sdc2\n");
	assert_true(need_has("1-2"));
	assert_true(need_has("1-3"));
}

/* A root made of layers: the directory with the odd name holds the stick. */
static void test_overlay(void **state)
{
	unsigned int id = fake_mount_id();

	fake_stick(FAKE_USB, "1-2", 'b');
	fake_stick(FAKE_USB, "1-3", 'c');
	fake(NULL, "lower a:b/");
	mounts("900001 1 0:40 / / rw - overlay overlay rw,lowerdir=%s/lower\\040a\\134:b,upperdir=%s,workdir=/nowhere\n"
	       "%u 21 8:17 / /media/stick rw - ext4 /dev/sdb1 rw\n",
	       fake_root, fake_root, id);
	assert_needed("1-2", "it carries the root file system (overlay on /)");
	assert_free("1-3");
	/* A layer at a path that only the initramfs had. */
	mounts("900001 1 0:40 / / rw - overlay overlay rw,lowerdir=%s:/root.squashfs-1\n"
	       "%u 21 8:17 / /media/stick rw - ext4 /dev/sdb1 rw\n",
	       fake_root, id);
	assert_needed("1-2", "it carries the root file system (overlay on /)");
	assert_true(need_has("1-3"));
	/* And one whose path leads back to the overlay. */
	mounts("%u 1 0:40 / / rw - overlay overlay rw,lowerdir=%s:%s\n", id,
	       fake_root, fake_root);
	assert_true(need_has("1-3"));
	/* The overlay of a container does not belong to the machine's root. */
	mounts(FAKE_INITRAMFS
	       "900001 1 0:40 / /var/lib/x/merged rw - overlay overlay rw,lowerdir=%s\n"
	       "%u 21 8:17 / /media/stick rw - ext4 /dev/sdb1 rw\n",
	       fake_root, id);
	assert_free("1-2");
}

/* Whichever layer is on the stick; newer kernels have an option for each. */
static void test_layers(void **state)
{
	static const char *const options[] = {
		"lowerdir=/proc:", "lowerdir=/proc::", "lowerdir=/proc,upperdir=",
		"lowerdir+=", "lowerdir+=/proc,datadir+=",
	};
	size_t i;

	fake_stick(FAKE_USB, "1-2", 'b');
	fake_stick(FAKE_USB, "1-3", 'c');
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		mounts("900001 1 0:40 / / rw - overlay overlay rw,%s%s,x=y\n"
		       "%u 21 8:17 / /media/stick rw - ext4 /dev/sdb1 rw\n"
		       "%u 21 0:60 / /run/x rw - tmpfs tmpfs rw\n",
		       options[i], fake_root, fake_mount_id(),
		       fake_mount_id_of("/proc"));
		if (!need_has("1-2"))
			fail_msg("not found by %s", options[i]);
		assert_free("1-3");
	}
}

/*
 * Names with the characters that separate options and layers, as kernels show them.
 * Beside the layer is a decoy, which leads to /proc: whoever cuts an option in the
 * wrong place, or takes a backslash for what it is not, ends there.
 */
static void test_layer_names(void **state)
{
	static const struct {
		const char *key;
		const char *shown;
		const char *name;
		const char *decoy;
	} rows[] = {
		/* As it was given to mount(2): a\,b a\:b a\\b */
		{ "lowerdir=", "a\\134\\054b", "a,b", "a" },
		{ "lowerdir=/proc:", "a\\134\\054b:/proc", "a,b", "a" },
		{ "lowerdir=", "a\\134:/proc", "a:/proc", "a" },
		{ "lowerdir=", "a\\134\\134b", "a\\b", "ab" },
		{ "lowerdir=", "a\\134\\134:/proc", "a\\", "a" },
		{ "upperdir=", "a\\134\\054b", "a,b", "a\\,b" },
		{ "upperdir=", "a\\134\\134b", "a\\b", "a\\\\b" },
		/* To fsconfig(2), which needs no backslash before a comma. */
		{ "lowerdir=", "a\\054b", "a,b", "a" },
		{ "upperdir=", "a\\054b", "a,b", "a" },
		/* By its descriptor, so that a backslash is one. */
		{ "upperdir=", "a\\134b", "a\\b", "ab" },
		/* Some 6.5 and 6.6 escape each ':' of a name. */
		{ "lowerdir=", "a\\134\\072/proc", "a:/proc", "a" },
		{ "lowerdir=", "a\\072/proc::/proc", "a:/proc", "a" },
		/* 6.8 and later: each layer by itself, without its own escapes. */
		{ "lowerdir+=/proc,lowerdir+=", "a\\054b", "a,b", "a" },
		{ "lowerdir+=", "a:/proc", "a:/proc", "a" },
		{ "lowerdir+=", "a\\134b", "a\\b", "ab" },
		{ "lowerdir+=/proc,datadir+=", "a\\134:/proc", "a\\:/proc", "a" },
	};
	char decoy[256];
	size_t i;

	fake_stick(FAKE_USB, "1-2", 'b');
	fake_stick(FAKE_USB, "1-3", 'c');
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake(NULL, "%zu/%s", i, rows[i].name);
		snprintf(decoy, sizeof(decoy), "%s/%zu/%s", fake_root, i,
			 rows[i].decoy);
		assert_int_equal(symlink("/proc", decoy), 0);
		mounts("900001 1 0:40 / / rw - overlay overlay rw,lowerdir=/proc,%s%s/%zu/%s,index=on\n"
		       "%u 21 8:17 / /media/stick rw - ext4 /dev/sdb1 rw\n"
		       "%u 21 0:60 / /run/x rw - tmpfs tmpfs rw\n",
		       rows[i].key, fake_root, i, rows[i].shown,
		       fake_mount_id(), fake_mount_id_of("/proc"));
		if (!need_has("1-2"))
			fail_msg("not found by %s%s", rows[i].key,
				 rows[i].shown);
		if (need_has("1-3"))
			fail_msg("too much by %s%s", rows[i].key,
				 rows[i].shown);
	}
}

static void test_swap_partition(void **state)
{
	char node[256];

	fake_stick(FAKE_USB, "1-2", 'b');
	fake_stick(FAKE_USB, "1-3", 'c');
	swap("/dev/sdb2                               partition\t100\t0\t-2\n");
	assert_needed("1-2", "it carries swap (/dev/sdb2)");
	assert_free("1-3");
	/* A node counts for more than its name. */
	snprintf(node, sizeof(node), "%s/sdb1", fake_root);
	if (mknod(node, S_IFBLK | 0600, makedev(8, 34)))
		unit_skip("no device nodes here");
	swap("%s\tpartition\t100\t0\t-2\n", node);
	assert_true(need_has("1-3"));
	assert_free("1-2");
}

static void test_swap_file(void **state)
{
	fake_stick(FAKE_USB, "1-2", 'b');
	fake_stick(FAKE_USB, "1-3", 'c');
	fake("", "swap file");
	mounts(FAKE_INITRAMFS "%u 1 8:17 / /media/a rw - ext4 /dev/sdb1 rw\n",
	       fake_mount_id());
	swap("%s/swap\\040file\tfile\t100\t0\t-2\n", fake_root);
	assert_true(need_has("1-2"));
	assert_int_equal(strncmp(need_why, "it carries swap (/tmp/", 22), 0);
	assert_free("1-3");
	/* On a mount that appears in no list. */
	fake(FAKE_INITRAMFS, "proc/self/mountinfo");
	assert_true(need_has("1-3"));
	mounts(FAKE_INITRAMFS "%u 1 8:17 / /media/a rw - ext4 /dev/sdb1 rw\n",
	       fake_mount_id());
	swap("%s/file\\040(deleted)\tfile\t100\t0\t-2\n", fake_root);
	assert_true(need_has("1-3"));
}

static void test_zram(void **state)
{
	fake_stick(FAKE_USB, "1-2", 'b');
	fake_virtual("zram0", 252, 0);
	fake("none\n", "devices/virtual/block/zram0/backing_dev");
	swap("/dev/zram0\tpartition\t100\t0\t100\n");
	assert_free("1-2");
	fake("/dev/sdb2\n", "devices/virtual/block/zram0/backing_dev");
	assert_needed("1-2", "it carries swap (/dev/zram0)");
}

/* What no kernel creates: devices that stand on each other. */
static void test_cycle(void **state)
{
	char upper[16], lower[16];
	unsigned int i;

	fake_stick(FAKE_USB, "1-2", 'b');
	fake_stick(FAKE_USB, "1-3", 'c');
	fake_virtual("dm-0", 253, 0);
	fake_virtual("dm-1", 253, 1);
	fake_slave("dm-0", "dm-1");
	fake_slave("dm-0", "dm-0");
	fake_slave("dm-1", "dm-0");
	fake_slave("dm-1", "sdb1");
	mounts("21 1 253:0 / / rw - ext4 /dev/dm-0 rw\n");
	assert_true(need_has("1-2"));
	assert_free("1-3");
	/* Deeper than anything real: the end is not reached. */
	for (i = 0; i < 60; i++) {
		snprintf(upper, sizeof(upper), "md%u", i);
		snprintf(lower, sizeof(lower), "md%u", i + 1);
		fake_virtual(upper, 9, i);
		fake_slave(upper, lower);
	}
	fake_virtual(lower, 9, 60);
	fake_slave(lower, "sdb1");
	mounts("21 1 9:0 / / rw - ext4 /dev/md0 rw\n");
	assert_true(need_has("1-2"));
	assert_true(need_has("1-3"));
}

#define YES true
#define NO false

static void test_places(void **state)
{
	static const struct {
		const char *point;
		bool needed;
	} rows[] = {
		{ "/boot", YES }, { "/boot/efi", YES }, { "/efi", YES },
		{ "/boot/firmware", YES }, { "/usr", YES }, { "/var", YES },
		{ "/var/log/journal", YES }, { "/etc", YES }, { "/home", YES },
		{ "/home/lea", YES }, { "/home/lea/stick", NO },
		{ "/root", YES }, { "/root/stick", NO }, { "/tmp", YES },
		{ "/tmp/stick", NO }, { "/srv/data", YES }, { "/opt/x", YES },
		{ "/media/lea/STICK", NO }, { "/media", NO }, { "/mnt", NO },
		{ "/run/media/lea/STICK", NO }, { "/variable", NO },
		{ "/usr2", NO }, { "/data", NO }, { "/media/\\057home", NO },
		{ "/v\\141r", YES },
	};
	size_t i;

	fake_stick(FAKE_USB, "1-2", 'b');
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mounts(FAKE_INITRAMFS "21 1 8:17 / %s rw - ext4 /dev/sdb1 rw\n",
		       rows[i].point);
		if (need_has("1-2") != rows[i].needed)
			fail_msg("%s: %s", rows[i].point, need_why);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_nothing), T(test_partition), T(test_neighbours),
		T(test_hub), T(test_stack), T(test_loop), T(test_btrfs),
		T(test_bcachefs), T(test_xfs_log), T(test_overlay),
		T(test_swap_partition), T(test_swap_file), T(test_zram),
		T(test_cycle), T(test_places), T(test_layers),
		T(test_layer_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
