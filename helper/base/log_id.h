/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages of the daemon that others may rely on. Each has an id, which the
 * journal keeps as MESSAGE_ID; it never changes, nor what it stands for. The
 * catalog, helper/etc/catalog/, and usbip-tlsd(8) have the same table.
 */
#ifndef UT_BASE_LOG_ID_H
#define UT_BASE_LOG_ID_H

/* X(name, 128 bits in hexadecimal) */
#define UT_LOG_IDS(X) \
	X(SESSION_OPENED, "7aaa68756767a9901d24ba1c7eaefa1f") \
	X(SESSION_CLOSED, "c047387a1c518e327ea7ca101b26ff8b") \
	X(SESSION_KEYS, "9853b77cd235ebff471be631b6ef88ed") \
	X(STRANGER_REFUSED, "dc26bad0ceea8ef916385f064332ff5a") \
	X(DEVICE_GIVEN, "76d17bd9648e8a7eafa899a624ccec27") \
	X(DEVICE_REFUSED, "214b7f08143d7ec71fd3021dc6adf8fd") \
	X(DEVICE_TAKEN, "c5b71fb8a6d2cd34878bb70a6f46e893") \
	X(DEVICE_SHARED, "13a6a5f2e2c8884fcf8a770fe46af626") \
	X(DEVICE_NOT_SHARED, "29e32de40af40e784df91964e61eba6b") \
	X(ATTACHED, "a2ab5031e14a24f5bd3bdff11225c55d") \
	X(NOT_ATTACHED, "c9ddf556444f0283cb0c6d724150cb42") \
	X(DOCK_CONNECTED, "8773bd945e7b67536e146029c0241e6f") \
	X(DOCK_LOST, "0f0da899bb65d70eee28dd170d5dbb57") \
	X(CONFIG_REFUSED, "dffb28025e0765a7ae3c50d74a6b3d8e") \
	X(CONFIG_LOADED, "ca1cf26ade1fd6c9d71f1d489f701ab4") \
	X(CERTIFICATE_EXPIRING, "58c8b48764aeb1e30adca7974198d167") \
	X(CERTIFICATE_UNFIT, "a2f8f6bf6a220d3ac10e876c081a73d3") \
	X(WORKER_DIED, "167795ae547b09a9a49eac40c862c82b") \
	X(PLAINTEXT_IMPORT, "8312c92f8897a93d87180d0af5345703")

/** enum ut_log_id - which of them; UT_LOG_NO_ID: a message for people only */
enum ut_log_id {
	UT_LOG_NO_ID,
#define UT_LOG_ID_ENUM(name, id) UT_LOG_##name,
	UT_LOG_IDS(UT_LOG_ID_ENUM)
#undef UT_LOG_ID_ENUM
	UT_LOG_N_IDS,
};

/* "" for UT_LOG_NO_ID. */
const char *ut_log_id_hex(enum ut_log_id id);

#endif /* UT_BASE_LOG_ID_H */
