// SPDX-License-Identifier: GPL-2.0
#include "lib/secrets_scan.h"

#define SCAN_DEADLINE_MS	20000

/* Larger ones are a sanitizer's shadow memory; what was planted is elsewhere. */
#define SCAN_MAX_REGION		(32UL << 20)
#define SCAN_MAX_BYTES		(1UL << 30)

struct scan scan;

void scan_drop(void)
{
	free(scan.mem);
	memset(&scan, 0, sizeof(scan));
}

/* --- which processes --- */

static pid_t scan_parent(pid_t pid)
{
	char path[64], text[512], *p;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	p = strrchr(text, ')');
	return p && strlen(p) > 4 ? (pid_t)atoi(p + 4) : 0;
}

static bool scan_ours(pid_t pid)
{
	while (pid > 1 && pid != getpid())
		pid = scan_parent(pid);
	return pid == getpid();
}

/* In a sandbox, and with a peer: the signer has none. */
static bool scan_is_worker(pid_t pid)
{
	char path[64], line[256];
	bool caged = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, UT_FD_PEER);
	if (readlink(path, line, sizeof(line)) < 7 ||
	    memcmp(line, "socket:", 7))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		caged |= !strncmp(line, "Seccomp:\t2", 10);
	if (f)
		fclose(f);
	return caged;
}

static size_t scan_workers(pid_t pid[SCAN_MAX_PIDS])
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	size_t n = 0;
	pid_t p;

	assert_non_null(dir);
	while ((e = readdir(dir)) && n < SCAN_MAX_PIDS) {
		p = (pid_t)atoi(e->d_name);
		if (p > 1 && p != getpid() && scan_ours(p) && scan_is_worker(p))
			pid[n++] = p;
	}
	closedir(dir);
	return n;
}

/* --- their memory --- */

static void scan_region(int mem, uint64_t from, uint64_t to)
{
	ssize_t n;

	assert_true(scan.len + (to - from) <= SCAN_MAX_BYTES);
	scan.mem = realloc(scan.mem, scan.len + (to - from));
	assert_non_null(scan.mem);
	while (from < to) {
		n = pread(mem, scan.mem + scan.len, to - from, (off_t)from);
		if (n <= 0)
			return;
		scan.len += (size_t)n;
		from += (uint64_t)n;
	}
}

void scan_read(pid_t pid)
{
	char path[64], line[512], mode[8];
	unsigned long long from, to;
	FILE *maps;
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	assert_true(mem >= 0 && maps);
	assert_true(scan.n < SCAN_MAX_PIDS);
	scan.pid[scan.n] = pid;
	scan.start[scan.n++] = scan.len;
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%llx-%llx %7s", &from, &to, mode) == 3 &&
		    mode[0] == 'r' && mode[1] == 'w' &&
		    to - from <= SCAN_MAX_REGION)
			scan_region(mem, from, to);
	fclose(maps);
	close(mem);
}

void scan_take(size_t n)
{
	int64_t deadline = ut_clock_ms() + SCAN_DEADLINE_MS;
	pid_t pid[SCAN_MAX_PIDS];
	size_t got, i;

	while ((got = scan_workers(pid)) < n) {
		if (ut_clock_ms() > deadline)
			fail_msg("%zu workers instead of %zu", got, n);
		poll(NULL, 0, 10);
	}
	for (i = 0; i < got; i++)
		scan_read(pid[i]);
}

/* --- what must not be there --- */

bool scan_has(const void *bytes, size_t len)
{
	return scan.len && memmem(scan.mem, scan.len, bytes, len);
}

void scan_none(const void *bytes, size_t len, const char *what)
{
	const uint8_t *at = scan.len ? memmem(scan.mem, scan.len, bytes, len) :
				       NULL;
	size_t i;

	if (!at)
		return;
	for (i = 0; i + 1 < scan.n; i++)
		if (scan.mem + scan.start[i + 1] > at)
			break;
	fail_msg("%s is in the memory of process %d, %zu bytes in of %zu", what,
		 scan.pid[i], (size_t)(at - scan.mem) - scan.start[i],
		 scan.len);
}

void scan_bytes(const uint8_t *secret, size_t len, const char *what)
{
	uint8_t back[256];
	size_t i;

	assert_true(scan.len && len >= SCAN_WINDOW && len <= sizeof(back));
	for (i = 0; i < len; i++)
		back[i] = secret[len - 1 - i];
	for (i = 0; i + SCAN_WINDOW <= len; i += SCAN_WINDOW / 2) {
		scan_none(secret + i, SCAN_WINDOW, what);
		scan_none(back + i, SCAN_WINDOW, what);
	}
}

const char scan_passphrase[] = "a passphrase that is nowhere else";

gnutls_x509_privkey_t scan_key_load(const char *path)
{
	gnutls_x509_privkey_t key;
	struct ut_buf pem;

	assert_int_equal(ut_file_read(path, &pem, NULL), 0);
	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_import2(key, &(gnutls_datum_t){
		(unsigned char *)pem.data, (unsigned int)pem.len },
		GNUTLS_X509_FMT_PEM, scan_passphrase, 0), 0);
	ut_buf_free(&pem);
	return key;
}

void scan_seal(const char *path, const char *with)
{
	gnutls_x509_privkey_t key = scan_key_load(path);
	gnutls_datum_t pem;

	assert_int_equal(gnutls_x509_privkey_export2_pkcs8(key,
		GNUTLS_X509_FMT_PEM, scan_passphrase, GNUTLS_PKCS_PBES2_AES_256,
		&pem), 0);
	gnutls_x509_privkey_deinit(key);
	assert_int_equal(ut_file_write(path, pem.data, pem.size, 0600, true,
				       NULL), 0);
	gnutls_free(pem.data);
	assert_int_equal(ut_file_write(with, scan_passphrase,
				       sizeof(scan_passphrase) - 1, 0600, true,
				       NULL), 0);
}

void scan_key_bytes(gnutls_x509_privkey_t key, uint8_t scalar[SCAN_SCALAR])
{
	gnutls_datum_t k, x, y;
	gnutls_ecc_curve_t curve;
	size_t zeros;

	assert_int_equal(gnutls_x509_privkey_export_ecc_raw(key, &curve, &x, &y,
							    &k), 0);
	zeros = k.size > SCAN_SCALAR ? k.size - SCAN_SCALAR : 0;
	assert_true(k.size - zeros <= SCAN_SCALAR);
	memset(scalar, 0, SCAN_SCALAR);
	memcpy(scalar + SCAN_SCALAR - (k.size - zeros), k.data + zeros,
	       k.size - zeros);
	gnutls_free(k.data);
	gnutls_free(x.data);
	gnutls_free(y.data);
}

/* The part of a text in PEM that only the number has a part in. */
static void scan_pem(gnutls_x509_privkey_t key, const uint8_t *scalar,
		     const char *what)
{
	gnutls_datum_t der, pem;
	const uint8_t *at;
	const char *text;
	size_t from, to;

	assert_int_equal(gnutls_x509_privkey_export2_pkcs8(key,
		GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem), 0);
	assert_int_equal(gnutls_pem_base64_decode2("PRIVATE KEY", &pem, &der),
			 0);
	at = memmem(der.data, der.size, scalar, SCAN_SCALAR);
	assert_non_null(at);
	from = ((size_t)(at - der.data) + 2) / 3 * 4;
	to = ((size_t)(at - der.data) + SCAN_SCALAR) / 3 * 4;
	text = strchr((char *)pem.data, '\n') + 1;
	/* 64 characters a line. */
	for (; from + SCAN_WINDOW <= to; from += SCAN_WINDOW / 2)
		if (from / 64 == (from + SCAN_WINDOW - 1) / 64)
			scan_none(text + from + from / 64, SCAN_WINDOW, what);
	gnutls_free(der.data);
	gnutls_free(pem.data);
}

void scan_key(const char *path)
{
	gnutls_x509_privkey_t key = scan_key_load(path);
	uint8_t scalar[SCAN_SCALAR];

	scan_key_bytes(key, scalar);
	scan_bytes(scalar, sizeof(scalar), path);
	scan_pem(key, scalar, path);
	gnutls_x509_privkey_deinit(key);
	scan_none(scan_passphrase, SCAN_WINDOW, "the passphrase");
}

void scan_programs(void)
{
	ut_program_dir_set(UT_TOP "/build");
}
