/* SPDX-License-Identifier: MIT */
#include "softgpu/memfd.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE	((uint64_t)4096)
#define SEALS	(F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

int memfd_new(uint64_t size)
{
	int fd = memfd_create("softgpu", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (!ftruncate(fd, (off_t)size) && !fcntl(fd, F_ADD_SEALS, SEALS))
		return fd;
	close(fd);
	return -1;
}

uint64_t memfd_size(int fd)
{
	struct stat stat;

	if (fstat(fd, &stat) || (fcntl(fd, F_GET_SEALS) & SEALS) != SEALS)
		return 0;
	return (uint64_t)stat.st_size;
}

static bool is_zero(const uint64_t *words)
{
	for (size_t i = 0; i < PAGE / sizeof(*words); i++)
		if (words[i])
			return false;
	return true;
}

/* copy() - what nobody has written stays a hole */
static bool copy(int fd, const char *from, uint64_t size)
{
	char *to = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (to == MAP_FAILED)
		return false;
	for (uint64_t at = 0; at < size; at += PAGE)
		if (!is_zero((const uint64_t *)(from + at)))
			memcpy(to + at, from + at, PAGE);
	munmap(to, size);
	return true;
}

int memfd_take_over(void *at, uint64_t size)
{
	int fd = memfd_new(size);

	if (fd < 0)
		return -1;
	if (copy(fd, at, size) &&
	    mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED)
		return fd;
	close(fd);
	return -1;
}
