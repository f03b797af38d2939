/* SPDX-License-Identifier: MIT */
/* spec.c - read what to run (the format is in guest.h). */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tools/guest/init.h"

static char *load(const char *path, size_t *length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text;

	if (fd < 0 || fstat(fd, &st) != 0)
		fail("cannot read %s", path);
	*length = (size_t)st.st_size;
	text = malloc(*length + 1);
	if (!text || !read_all(fd, text, *length))
		fail("cannot read %s", path);
	text[*length] = '\0';
	close(fd);
	return text;
}

/* A new last element of a NULL-terminated array of strings */
static void append(char ***array, size_t *count, char *value)
{
	char **grown = realloc(*array, (*count + 2) * sizeof(*grown));

	if (!grown)
		fail("out of memory");
	grown[(*count)++] = value;
	grown[*count] = NULL;
	*array = grown;
}

static unsigned int number(const char *value)
{
	return (unsigned int)strtoul(value, NULL, 10);
}

static void add_group(struct spec *spec, gid_t gid)
{
	spec->groups = realloc(spec->groups, (spec->ngroups + 1) * sizeof(*spec->groups));
	if (!spec->groups)
		fail("out of memory");
	spec->groups[spec->ngroups++] = gid;
}

static void take(struct spec *spec, const char *key, char *value)
{
	if (!strcmp(key, "module"))
		append((char ***)&spec->modules, &spec->nmodules, value);
	else if (!strcmp(key, "writable"))
		append((char ***)&spec->writable, &spec->nwritable, value);
	else if (!strcmp(key, "arg"))
		append(&spec->argv, &spec->nargs, value);
	else if (!strcmp(key, "env"))
		append(&spec->envp, &spec->nenv, value);
	else if (!strcmp(key, "path"))
		spec->path = value;
	else if (!strcmp(key, "cwd"))
		spec->cwd = value;
	else if (!strcmp(key, "device"))
		spec->device = value;
	else if (!strcmp(key, "hostname"))
		spec->hostname = value;
	else if (!strcmp(key, "tty"))
		spec->tty[number(value) % 3] = true;
	else if (!strcmp(key, "rows"))
		spec->rows = (unsigned short)number(value);
	else if (!strcmp(key, "columns"))
		spec->columns = (unsigned short)number(value);
	else if (!strcmp(key, "umask"))
		spec->umask = number(value);
	else if (!strcmp(key, "uid"))
		spec->uid = number(value);
	else if (!strcmp(key, "gid"))
		spec->gid = number(value);
	else if (!strcmp(key, "group"))
		add_group(spec, number(value));
	else
		fail("unknown key '%s' in %s", key, GUEST_SPEC);
}

/* The strings stay where they were read: @spec points into them for ever. */
void spec_load(struct spec *spec, const char *path)
{
	static char *no_environment[] = { NULL };
	size_t length;
	char *text = load(path, &length);

	for (char *at = text; at < text + length; ) {
		size_t size = strlen(at);
		char *equals = strchr(at, '=');

		if (!equals)
			fail("no '=' in '%s'", at);
		*equals = '\0';
		take(spec, at, equals + 1);
		at += size + 1;
	}
	if (!spec->envp)
		spec->envp = no_environment;
	if (!spec->path || !spec->argv || !spec->cwd)
		fail("%s names no program", path);
}
