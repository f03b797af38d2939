/* SPDX-License-Identifier: MIT */
/*
 * place.c - where the other parts of qCUDA lie.
 *
 * Everything is found from where this program is, so a build tree and an
 * installation need no configuration and can be moved:
 *
 *			in a build tree			installed
 *	qcuda		build/CONFIG/bin/qcuda		PREFIX/bin/qcuda
 *	qcu-device	build/CONFIG/bin		PREFIX/bin
 *	guest's CUDA	build/CONFIG/lib		PREFIX/lib/qcuda/lib
 *	softgpu		build/CONFIG/softgpu		PREFIX/lib/qcuda/softgpu
 *	kernel, init	build/guest			PREFIX/lib/qcuda/guest
 *	qcuda.ko	build/qcu-driver/VERSION	PREFIX/lib/qcuda/guest/VERSION
 *
 * QCUDA_GUEST_DIR names another guest directory.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tools/qcuda/qcuda.h"

static const char *bin_directory(void)
{
	static char path[PATH_MAX];

	if (!path[0]) {
		ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

		if (n <= 0)
			die("cannot read /proc/self/exe: is /proc mounted?");
		path[n] = '\0';
		*strrchr(path, '/') = '\0';
	}
	return path;
}

/* The first of these paths, relative to our directory, that exists; or NULL */
static char *first_of(const char *const paths[])
{
	for (; *paths; paths++) {
		char *path = format("%s/%s", bin_directory(), *paths);
		char *real = realpath(path, NULL);

		free(path);
		if (real)
			return real;
	}
	return NULL;
}

/* The program @name that lies beside us */
char *place_bin(const char *name)
{
	return format("%s/%s", bin_directory(), name);
}

/* @name in the guest directory, or NULL */
char *place_guest(const char *name)
{
	const char *directory = getenv("QCUDA_GUEST_DIR");
	char *tree, *installed, *found;

	if (directory) {
		tree = format("%s/%s", directory, name);
		found = realpath(tree, NULL);
		free(tree);
		return found;
	}
	tree = format("../../guest/%s", name);
	installed = format("../lib/qcuda/guest/%s", name);
	found = first_of((const char *const[]){ tree, installed, NULL });
	free(tree);
	free(installed);
	return found;
}

/* The directory of the guest's libcuda.so.1, or NULL */
char *place_library(void)
{
	static const char *const paths[] = { "../lib/qcuda/lib", "../lib", NULL };

	return first_of(paths);
}

/* The software GPU's libcuda.so.1, or NULL */
char *place_softgpu(void)
{
	static const char *const paths[] = { "../softgpu/libcuda.so.1",
					     "../lib/qcuda/softgpu/libcuda.so.1", NULL };

	return first_of(paths);
}

/* qcuda.ko for the kernel @version, or NULL */
char *place_module(const char *version)
{
	char *in_guest = format("%s/qcuda.ko", version);
	char *in_tree = format("../../qcu-driver/%s/qcuda.ko", version);
	char *found = place_guest(in_guest);

	if (!found)
		found = first_of((const char *const[]){ in_tree, NULL });
	free(in_guest);
	free(in_tree);
	return found;
}
