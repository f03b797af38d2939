/* SPDX-License-Identifier: MIT */
/* gpu.c - which libcuda.so.1 the daemon is to use. */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tools/qcuda/qcuda.h"

/* In the child: where is the system's libcuda.so.1, and does it have a GPU? */
static int probe(char path[PATH_MAX])
{
	void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
	int (*init)(unsigned int), (*count)(int *), n = 0;
	struct link_map *map;

	if (!library || dlinfo(library, RTLD_DI_LINKMAP, &map) != 0 || !realpath(map->l_name, path))
		return -1;
	init = (int (*)(unsigned int))dlsym(library, "cuInit");
	count = (int (*)(int *))dlsym(library, "cuDeviceGetCount");
	return init && count && init(0) == 0 && count(&n) == 0 ? n : -1;
}

/*
 * The NVIDIA driver's libcuda.so.1 if it works here, or NULL.  It is tried in a
 * process of its own, which takes all that the driver starts with it.
 */
static char *find_nvidia(void)
{
	char path[PATH_MAX] = "", *ours = place_library();
	ssize_t n = 0;
	int ends[2];
	pid_t pid;

	if (pipe(ends) != 0 || (pid = fork()) < 0)
		die("cannot start a process: %s", strerror(errno));
	if (pid == 0) {
		unsetenv("LD_LIBRARY_PATH");
		if (probe(path) > 0)
			n = write(ends[1], path, strlen(path));
		_exit(n < 0);
	}
	close(ends[1]);
	n = read(ends[0], path, sizeof(path) - 1);
	close(ends[0]);
	waitpid(pid, NULL, 0);
	path[n > 0 ? n : 0] = '\0';
	/* our own library is no GPU: it would ask for the daemon that is to be started */
	if (!*path || (ours && !strncmp(path, ours, strlen(ours))))
		n = 0;
	free(ours);
	return n > 0 ? format("%s", path) : NULL;
}

static char *need_softgpu(void)
{
	char *path = place_softgpu();

	if (!path)
		die("the software GPU is not built: run `make`");
	return path;
}

/**
 * gpu_driver() - the libcuda.so.1 that --gpu=@wanted means
 *
 * Return: its path, the caller's to free; NULL for "none".
 */
char *gpu_driver(const char *wanted)
{
	char *path;

	if (!strcmp(wanted, "none"))
		return NULL;
	if (!strcmp(wanted, "soft"))
		return need_softgpu();
	if (!strcmp(wanted, "auto")) {
		path = access("/dev/nvidiactl", F_OK) == 0 ? find_nvidia() : NULL;
		return path ? path : need_softgpu();
	}
	if (!strcmp(wanted, "nvidia")) {
		path = find_nvidia();
		if (!path)
			die("--gpu=nvidia: no NVIDIA GPU works here: does nvidia-smi list one? "
			    "--gpu=soft needs none");
		return path;
	}
	if (!strchr(wanted, '/'))
		die("--gpu=%s: expected auto, soft, nvidia, none or the path of a libcuda.so.1",
		    wanted);
	path = realpath(wanted, NULL);
	if (!path)
		die("--gpu=%s: %s", wanted, strerror(errno));
	return path;
}
