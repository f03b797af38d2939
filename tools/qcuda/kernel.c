/* SPDX-License-Identifier: MIT */
/*
 * kernel.c - the guest's kernel and the modules it needs.
 *
 * A vmlinuz names its version itself; its modules lie beside it, as a Debian
 * package unpacks (../lib/modules/VERSION), or in /lib/modules/VERSION.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tools/qcuda/qcuda.h"

/* The Linux/x86 boot protocol: "HdrS" at 0x202, then a pointer to the version's text */
enum { BOOT_MAGIC = 0x202, BOOT_VERSION_POINTER = 0x20e, BOOT_VERSION_BASE = 0x200 };

static char *read_version(const char *image)
{
	int fd = open(image, O_RDONLY | O_CLOEXEC);
	char magic[4], version[128] = "";
	uint16_t offset;

	if (fd < 0)
		die("cannot open the kernel %s: %s", image, strerror(errno));
	if (pread(fd, magic, sizeof(magic), BOOT_MAGIC) != sizeof(magic) ||
	    memcmp(magic, "HdrS", sizeof(magic)) != 0 ||
	    pread(fd, &offset, sizeof(offset), BOOT_VERSION_POINTER) != sizeof(offset) ||
	    pread(fd, version, sizeof(version) - 1, BOOT_VERSION_BASE + offset) <= 0)
		die("%s is not a Linux kernel (a vmlinuz for x86)", image);
	close(fd);
	version[strcspn(version, " ")] = '\0';
	return format("%s", version);
}

static char *find_modules(const char *image, const char *version)
{
	char *copy = format("%s", image);
	char *places[] = { format("%s/../lib/modules/%s", dirname(copy), version),
			   format("/lib/modules/%s", version) };
	char *found = NULL;

	free(copy);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		char *list = format("%s/modules.dep", places[i]);

		if (!found && access(list, R_OK) == 0)
			found = realpath(places[i], NULL);
		free(list);
		free(places[i]);
	}
	return found;
}

/**
 * kernel_find() - the kernel to boot and its modules
 * @image: a vmlinuz, or NULL for the one in the guest directory
 */
void kernel_find(struct kernel *kernel, const char *image)
{
	if (image) {
		kernel->image = realpath(image, NULL);
		if (!kernel->image)
			die("there is no kernel %s: %s", image, strerror(errno));
	} else {
		kernel->image = place_guest("vmlinuz");
		if (!kernel->image)
			die("there is no guest kernel: run `make guest`, or give one with "
			    "--kernel=/boot/vmlinuz-VERSION");
	}
	kernel->version = read_version(kernel->image);
	kernel->directory = find_modules(kernel->image, kernel->version);
	if (!kernel->directory)
		die("no modules for %s: expected modules.dep in /lib/modules/%s "
		    "(`depmod %s` makes it)", kernel->image, kernel->version, kernel->version);
}

static char *read_text(const char *directory, const char *name)
{
	char *path = format("%s/%s", directory, name);
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!file || getdelim(&text, &size, '\0', file) < 0)
		die("cannot read %s: %s", path, strerror(errno));
	fclose(file);
	free(path);
	return text;
}

/*
 * The line of modules.dep for the module @name: "path/name.ko: path/dep.ko ...".
 * Compressed modules end in .ko.xz and the like.
 */
static char *find_line(const char *dep, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = dep; *line; ) {
		const char *end = strchrnul(line, '\n');
		const char *colon = memchr(line, ':', (size_t)(end - line));
		const char *base = colon ? memrchr(line, '/', (size_t)(colon - line)) : NULL;

		base = base ? base + 1 : line;
		if (colon && !strncmp(base, name, length) && !strncmp(base + length, ".ko", 3))
			return strndup(line, (size_t)(end - line));
		line = *end ? end + 1 : end;
	}
	return NULL;
}

static void add_once(char ***paths, size_t *count, char *path)
{
	for (size_t i = 0; i < *count; i++) {
		if (!strcmp((*paths)[i], path)) {
			free(path);
			return;
		}
	}
	*paths = grow(*paths, *count + 1, sizeof(**paths));
	(*paths)[(*count)++] = path;
}

/* modules.dep names what a module needs, the deepest need last. */
static void add_line(const struct kernel *kernel, char *line, char ***paths, size_t *count)
{
	char *names[64], *save, *colon = strchr(line, ':');
	size_t n = 0;

	*colon = ' ';
	for (char *name = strtok_r(line, " ", &save); name && n < 64;
	     name = strtok_r(NULL, " ", &save))
		names[n++] = name;
	while (n-- > 0)
		add_once(paths, count, format("%s/%s", kernel->directory, names[n]));
}

static bool is_builtin(const char *builtin, const char *name)
{
	char *needle = format("/%s.ko\n", name);
	bool found = strstr(builtin, needle);

	free(needle);
	return found;
}

/**
 * kernel_modules() - the files to insert so that the @wanted modules work
 * @wanted: names, NULL at the end
 * @paths: becomes an array of paths in the order of insertion; the caller's
 *
 * Return: how many.  What is built into the kernel needs no file.
 */
size_t kernel_modules(const struct kernel *kernel, const char *const wanted[], char ***paths)
{
	char *dep = read_text(kernel->directory, "modules.dep");
	char *builtin = read_text(kernel->directory, "modules.builtin");
	size_t count = 0;

	*paths = NULL;
	for (; *wanted; wanted++) {
		char *line = find_line(dep, *wanted);

		if (line)
			add_line(kernel, line, paths, &count);
		else if (!is_builtin(builtin, *wanted))
			die("the kernel %s has no %s.ko, which the guest needs", kernel->version,
			    *wanted);
		free(line);
	}
	free(dep);
	free(builtin);
	return count;
}
