/* SPDX-License-Identifier: MIT */
/* The digest is BLAKE3, whatever the order in which grains are done, and however many inputs at once */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As on a CPU that has no more than the first @allowed of them */
static const char *const sets[] = { "avx2", "avx512f", "avx512vl" };
static unsigned allowed;

static int may_have(const char *set)
{
	for (unsigned i = 0; i < allowed; i++)
		if (!strcmp(sets[i], set))
			return 1;
	return 0;
}

#define __builtin_cpu_supports(set) (may_have(set) && __builtin_cpu_supports(set))
#include "wire/digest.c"

/* What Debian's b3sum 1.2.0 says of so many bytes 0, 1, .. 250, 0, 1, .. */
static const struct {
	size_t bytes;
	const char *digest;
} known[] = {
	{ 65537, "7c99f9840a73dfcb6e5bfe4ff6d1558acab7e015640790c26411818bdbe17eca" },
	{ 102400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085" },
	{ 131072, "306baba93b1a393cbd35172837c98b0f59a41f64e1b2682ae102d8b2534b9e1c" },
	{ 1000003, "cd5a3272e01b1a2f47bb4565d8d202db0f95704d32550a2da61a0fd363d4c90d" },
};

static void check(size_t bytes, const char *expected)
{
	size_t n = digest_grains(bytes);
	struct wire_digest *values = calloc(n, sizeof(*values)), digest;
	uint8_t *data = malloc(bytes);
	char text[65];

	for (size_t i = 0; i < bytes; i++)
		data[i] = i % 251;
	for (size_t i = n; i-- > 0;) {
		size_t left = bytes - i * DIGEST_GRAIN;

		digest_grain(&values[i], data + i * DIGEST_GRAIN,
			     left < DIGEST_GRAIN ? left : DIGEST_GRAIN, i);
	}
	digest_finish(&digest, values, n);
	for (size_t i = 0; i < sizeof(digest.bytes); i++)
		sprintf(text + 2 * i, "%02x", digest.bytes[i]);
	if (strcmp(text, expected)) {
		printf("%zu bytes: %s, not %s\n", bytes, text, expected);
		exit(1);
	}
	free(values);
	free(data);
}

int main(void)
{
	for (allowed = 0; allowed <= sizeof(sets) / sizeof(sets[0]); allowed++)
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			check(known[i].bytes, known[i].digest);
	return 0;
}
