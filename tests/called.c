/* SPDX-License-Identifier: MIT */
/*
 * called.c - notes which functions of CUDA a test program calls
 *
 * A library for LD_AUDIT (rtld-audit(7)).  The test programs are linked lazily, so the dynamic linker
 * binds a function when it is first called, and says so here.  What the program looks up with dlsym()
 * counts, too; what a library does, as our libcudart looks up all of the driver API, does not.
 *
 * Each name is a line of the file that TEST_CALLED names; a line is one write, so that programs side
 * by side do not mix theirs.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_MAX_BYTES	256

unsigned int la_version(unsigned int version)
{
	return version < LAV_CURRENT ? version : LAV_CURRENT;
}

unsigned int la_objopen(struct link_map *map, Lmid_t lmid, uintptr_t *cookie)
{
	(void)lmid;
	*cookie = !*map->l_name;	/* the program has no name */
	return LA_FLG_BINDTO | LA_FLG_BINDFROM;
}

static void note(const char *name)
{
	const char *file = getenv("TEST_CALLED");
	size_t bytes = strlen(name);
	char line[NAME_MAX_BYTES];
	int fd;

	if (!file || bytes >= sizeof(line))
		return;
	memcpy(line, name, bytes);
	line[bytes++] = '\n';
	fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	if (write(fd, line, bytes) != (ssize_t)bytes)
		_exit(1);
	close(fd);
}

uintptr_t la_symbind64(Elf64_Sym *symbol, unsigned int index, uintptr_t *from, uintptr_t *to,
		       unsigned int *flags, const char *name)
{
	(void)index;
	(void)to;
	if (!strncmp(name, "cu", 2) && (*from || !(*flags & LA_SYMB_DLSYM)))
		note(name);
	*flags |= LA_SYMB_NOPLTENTER | LA_SYMB_NOPLTEXIT;
	return symbol->st_value;
}
