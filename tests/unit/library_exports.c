/* SPDX-License-Identifier: MIT */
/*
 * The runtime exports every function of the toolkit's own library, in the same
 * version node: of CUDA 13's, and of CUDA 12's where one is built for it, too.
 * The driver exports what NVIDIA's does, as the toolkit's stub has it, but for its debugger.
 * Without a toolkit's library there is nothing to compare with.
 */
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Ours is built two directories above the test: BUILD/lib, BUILD/tests/unit. */
static void *ours(const char *name)
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

static int compare(const char *name, const char *elf, void *library, bool versioned)
{
	const ElfW(Ehdr) *header = (const void *)elf;
	const ElfW(Shdr) *sections = (const void *)(elf + header->e_shoff);
	int compared = 0, missing = 0;

	for (int i = 0; i < header->e_shnum; i++) {
		const ElfW(Sym) *symbols = (const void *)(elf + sections[i].sh_offset);
		const char *names, *symbol;

		if (sections[i].sh_type != SHT_DYNSYM)
			continue;
		names = elf + sections[sections[i].sh_link].sh_offset;
		for (size_t s = 0; s < sections[i].sh_size / sizeof(*symbols); s++) {
			if (symbols[s].st_shndx == SHN_UNDEF ||
			    ELF64_ST_TYPE(symbols[s].st_info) != STT_FUNC)
				continue;
			symbol = names + symbols[s].st_name;
			if (!strncmp(symbol, "cudbg", 5))
				continue;
			compared++;
			if (!(versioned ? dlvsym(library, symbol, name) : dlsym(library, symbol))) {
				printf("missing: %s\n", symbol);
				missing++;
			}
		}
	}
	printf("%s: %d functions, %d missing\n", name, compared, missing);
	return missing || compared < 300;
}

/* Return: an exit status; 77 where the toolkit has no such @file */
static int compare_with(const char *toolkit, const char *file, const char *name, bool versioned)
{
	char path[PATH_MAX];
	const char *elf;
	void *library;
	size_t size;

	snprintf(path, sizeof(path), "%s/lib64/%s", toolkit, file);
	elf = map(path, &size);
	if (!elf) {
		printf("skipped: no %s\n", path);
		return 77;
	}
	library = ours(name);
	if (!library) {
		printf("%s\n", dlerror());
		return 1;
	}
	return compare(name, elf, library, versioned);
}

int main(void)
{
	int status = compare_with(CUDA_HOME, CUDART, CUDART, true);

	if (*CUDA12_HOME &&
	    compare_with(CUDA12_HOME, "libcudart.so.12", "libcudart.so.12", true))
		status = 1;
	if (compare_with(CUDA_HOME, "stubs/libcuda.so", "libcuda.so.1", false) == 1 ||
	    (*CUDA12_HOME &&
	     compare_with(CUDA12_HOME, "stubs/libcuda.so", "libcuda.so.1", false) == 1))
		status = 1;
	return status;
}
