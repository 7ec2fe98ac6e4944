/* SPDX-License-Identifier: GPL-2.0 */
/* What RemoteHub's configuration files look like. */
#ifndef UT_TEST_REMOTEHUB_FILES_H
#define UT_TEST_REMOTEHUB_FILES_H

static const char server[] =
	"{\n"
	"\t\"config_version\": 1,\n"
	"\t\"server_name\": \"VIOBox 1\",\n"
	"\t\"use_tls\": true,\n"
	"\t\"port\": 3244,\n"
	"\t\"bcast_enabled\": true,\n"
	"\t\"cert_path\": \"/etc/rh/cert.pem\",\n"
	"\t\"key_path\": \"/etc/rh/key.pem\",\n"
	"\t\"key_pass\": \"secret words\",\n"
	"\t\"disable_array\": [ {\"bus\": 1}, {\"bus\": 3} ]\n"
	"}\n";

static const char client[] =
	"{\"config_version\": 1, \"use_tls\": true, \"ca_path\": \"/etc/rh/ca.pem\"}";

/* The minimum of a client's and of a server's file, to which more is added. */
#define C "{\"config_version\": 1, \"use_tls\": true, \"ca_path\": \"/c\""
#define S "{\"config_version\": 1, \"use_tls\": true, \"cert_path\": \"/c\", " \
	  "\"key_path\": \"/k\""

#endif /* UT_TEST_REMOTEHUB_FILES_H */
