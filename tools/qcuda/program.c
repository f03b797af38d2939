/* SPDX-License-Identifier: MIT */
/* program.c - find a program as a shell does. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tools/qcuda/qcuda.h"

static bool executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	if (!S_ISREG(st.st_mode)) {
		errno = EACCES;
		return false;
	}
	return access(path, X_OK) == 0;
}

/**
 * program_find() - the path of the program @name
 *
 * A name with a slash is a path already; others are looked up in PATH.
 *
 * Return: the path, the caller's to free; NULL and errno, which is EACCES if
 * there is such a file but it cannot be executed.
 */
char *program_find(const char *name)
{
	const char *path = getenv("PATH");
	int error = ENOENT;

	if (strchr(name, '/'))
		return executable(name) ? format("%s", name) : NULL;
	for (path = path ? path : "/usr/bin:/bin"; *name; path++) {
		size_t length = strcspn(path, ":");
		char *candidate = format("%.*s%s%s", (int)length, path, length ? "/" : "./", name);

		if (executable(candidate))
			return candidate;
		if (errno == EACCES)
			error = EACCES;
		free(candidate);
		path += length;
		if (!*path)
			break;
	}
	errno = error;
	return NULL;
}
