/* SPDX-License-Identifier: MIT */
/*
 * initramfs.c - make the guest's initramfs: process 1, a dozen modules, and
 * what to run.
 *
 * It is under 2 MB and made afresh, in memory, for each run: quicker than to
 * find out whether a stored one is still right.  The format is cpio "newc"
 * (Linux: Documentation/driver-api/early-userspace/buffer-format.rst).
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tools/qcuda/qcuda.h"

extern char **environ;

static void cpio_pad(FILE *cpio)
{
	while (ftell(cpio) % 4)
		fputc(0, cpio);
}

static void cpio_add(FILE *cpio, const char *name, mode_t mode, const void *data, size_t size)
{
	static unsigned int inode;

	if (size > UINT32_MAX)
		die("%s is too large for an initramfs", name);
	fprintf(cpio, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", ++inode,
		mode, 0, 0, 1, 0, (unsigned int)size, 0, 0, 0, 0, (unsigned int)strlen(name) + 1, 0);
	fwrite(name, strlen(name) + 1, 1, cpio);
	cpio_pad(cpio);
	if (size > 0)
		fwrite(data, 1, size, cpio);
	cpio_pad(cpio);
}

static void cpio_add_file(FILE *cpio, const char *name, mode_t mode, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0)
		die("cannot read %s: %s", path, strerror(errno));
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		die("cannot read %s: %s", path, strerror(errno));
	cpio_add(cpio, name, mode, data, (size_t)st.st_size);
	munmap(data, (size_t)st.st_size);
	close(fd);
}

/* One "key=value" of the specification (tools/guest/guest.h) */
static void spec_add(FILE *spec, const char *key, const char *value)
{
	fprintf(spec, "%s=%s", key, value);
	fputc(0, spec);
}

static void spec_add_number(FILE *spec, const char *key, unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	spec_add(spec, key, text);
}

static void spec_add_user(FILE *spec)
{
	gid_t groups[NGROUPS_MAX];
	int n = getgroups(NGROUPS_MAX, groups);
	mode_t mask = umask(0);

	umask(mask);
	spec_add_number(spec, "uid", geteuid());
	spec_add_number(spec, "gid", getegid());
	spec_add_number(spec, "umask", mask);
	for (int i = 0; i < n; i++)
		spec_add_number(spec, "group", groups[i]);
}

/* Which of our streams are terminals, and how large; and the host's name */
static void spec_add_terminal(FILE *spec)
{
	char hostname[HOST_NAME_MAX + 1] = "";
	struct winsize size = { 0 };

	for (unsigned int fd = 0; fd < 3; fd++) {
		if (!isatty((int)fd))
			continue;
		spec_add_number(spec, "tty", fd);
		ioctl((int)fd, TIOCGWINSZ, &size);
	}
	spec_add_number(spec, "rows", size.ws_row);
	spec_add_number(spec, "columns", size.ws_col);
	if (gethostname(hostname, HOST_NAME_MAX) == 0)
		spec_add(spec, "hostname", hostname);
}

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/*
 * The user's environment, with our libcuda.so.1 before any other; QCUDA_SOCKET
 * would lead that to a daemon of the host instead of the machine's own device.
 */
static void spec_add_environment(FILE *spec, bool gpu)
{
	const char *path = getenv("LD_LIBRARY_PATH");
	char *library = gpu ? place_library() : NULL;

	if (gpu && !library)
		die("the guest's libcuda.so.1 is not built: run `make`");
	for (char **variable = environ; *variable; variable++)
		if (!gpu || (!starts(*variable, "LD_LIBRARY_PATH=") &&
			     !starts(*variable, "QCUDA_SOCKET=")))
			spec_add(spec, "env", *variable);
	if (library) {
		char *value = format("LD_LIBRARY_PATH=%s%s%s", library, path && *path ? ":" : "",
				     path ? path : "");

		spec_add(spec, "env", value);
		free(value);
	}
	free(library);
}

static void spec_add_program(FILE *spec, const struct run_options *options, const char *program,
			     const char *cwd)
{
	for (size_t i = 0; i < options->nwritable; i++)
		spec_add(spec, "writable", options->writable[i]);
	spec_add(spec, "cwd", cwd);
	spec_add(spec, "path", program);
	for (char **arg = options->argv; *arg; arg++)
		spec_add(spec, "arg", *arg);
}

static void add_module(FILE *cpio, FILE *spec, const char *path)
{
	const char *base = strrchr(path, '/') + 1;
	char *name = format("modules/%s", base);

	cpio_add_file(cpio, name, S_IFREG | 0644, path);
	spec_add(spec, "module", base);
	free(name);
}

static void add_modules(FILE *cpio, FILE *spec, const struct kernel *kernel, bool gpu)
{
	static const char *const wanted[] = { "virtio_pci", "virtio_console", "fuse", "overlay",
					      NULL };
	char **paths, *ours;
	size_t n = kernel_modules(kernel, wanted, &paths);

	for (size_t i = 0; i < n; i++) {
		add_module(cpio, spec, paths[i]);
		free(paths[i]);
	}
	free(paths);
	if (!gpu)
		return;
	ours = place_module(kernel->version);
	if (!ours)
		die("there is no qcuda.ko for the kernel %s: run `make driver "
		    "KDIR=/lib/modules/%s/build`", kernel->version, kernel->version);
	add_module(cpio, spec, ours);
	free(ours);
}

/**
 * initramfs_make() - the initramfs for one run
 * @program: path of the program in the guest
 * @gpu: with qcuda.ko, and our libraries first
 *
 * Return: a memfd that holds it.
 */
int initramfs_make(const struct run_options *options, const struct kernel *kernel,
		   const char *program, const char *cwd, bool gpu)
{
	int fd = memfd_create("initramfs", MFD_CLOEXEC);
	FILE *cpio = fd < 0 ? NULL : fdopen(dup(fd), "w");
	char *text, *init = place_guest("init");
	size_t size;
	FILE *spec = open_memstream(&text, &size);

	if (!cpio || !spec)
		die("cannot make an initramfs: %s", strerror(errno));
	if (!init)
		die("there is no guest init: run `make guest`");
	cpio_add_file(cpio, "init", S_IFREG | 0755, init);
	cpio_add(cpio, "modules", S_IFDIR | 0755, NULL, 0);
	add_modules(cpio, spec, kernel, gpu);
	if (gpu)
		spec_add(spec, "device", "/dev/qcuda");
	spec_add_user(spec);
	spec_add_terminal(spec);
	spec_add_program(spec, options, program, cwd);
	spec_add_environment(spec, gpu);
	fclose(spec);
	cpio_add(cpio, &GUEST_SPEC[1], S_IFREG | 0600, text, size);
	cpio_add(cpio, "TRAILER!!!", 0, NULL, 0);
	if (fflush(cpio) != 0 || ferror(cpio))
		die("cannot make an initramfs: %s", strerror(errno));
	fclose(cpio);
	free(text);
	free(init);
	return fd;
}
