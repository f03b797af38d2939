/* SPDX-License-Identifier: MIT */
/*
 * The runtime exports every function of the toolkit's own library, in the same
 * version node.  Without a toolkit's library there is nothing to compare with.
 */
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cuda_runtime_api.h>


static char name[64];

/* Ours is built two directories above the test: BUILD/lib, BUILD/tests/unit. */
static void *ours(void)
{
	char self[PATH_MAX] = "", path[PATH_MAX + 128];

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return NULL;
	snprintf(path, sizeof(path), "%s/../../lib/%s", dirname(self), name);
	return dlopen(path, RTLD_NOW);
}

static const char *map(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *at = MAP_FAILED;

	if (fd >= 0 && !fstat(fd, &st))
		at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		close(fd);
	*size = at == MAP_FAILED ? 0 : (size_t)st.st_size;
	return at == MAP_FAILED ? NULL : at;
}

static int compare(const char *elf, void *library)
{
	const ElfW(Ehdr) *header = (const void *)elf;
	const ElfW(Shdr) *sections = (const void *)(elf + header->e_shoff);
	int compared = 0, missing = 0;

	for (int i = 0; i < header->e_shnum; i++) {
		const ElfW(Sym) *symbols = (const void *)(elf + sections[i].sh_offset);
		const char *names;

		if (sections[i].sh_type != SHT_DYNSYM)
			continue;
		names = elf + sections[sections[i].sh_link].sh_offset;
		for (size_t s = 0; s < sections[i].sh_size / sizeof(*symbols); s++) {
			if (symbols[s].st_shndx == SHN_UNDEF ||
			    ELF64_ST_TYPE(symbols[s].st_info) != STT_FUNC)
				continue;
			compared++;
			if (!dlvsym(library, names + symbols[s].st_name, name)) {
				printf("missing: %s\n", names + symbols[s].st_name);
				missing++;
			}
		}
	}
	printf("%d functions, %d missing\n", compared, missing);
	return missing || compared < 300;
}

int main(void)
{
	const char *home = getenv("CUDA_HOME"), *elf;
	char path[PATH_MAX];
	void *library;
	size_t size;

	snprintf(name, sizeof(name), "libcudart.so.%d", CUDART_VERSION / 1000);
	snprintf(path, sizeof(path), "%s/lib64/%s", home ? home : "/usr/local/cuda", name);
	elf = map(path, &size);
	if (!elf) {
		printf("skipped: no %s\n", path);
		return 77;
	}
	library = ours();
	if (!library) {
		printf("%s\n", dlerror());
		return 1;
	}
	return compare(elf, library);
}
