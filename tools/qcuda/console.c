/* SPDX-License-Identifier: MIT */
/*
 * console.c - the end of what the guest's kernel printed, and what QEMU did.
 *
 * It is kept to be shown when something goes wrong, and searched for the words
 * by which Linux reports a fault of its own.
 */
#include <string.h>
#include <unistd.h>
#include "tools/qcuda/qcuda.h"

enum { KEEP = 64 << 10 };

static char kept[KEEP + 1];
static size_t length;
static bool complained;

static const char *const complaints[] = {
	"WARNING:", "BUG:", "Oops", "Kernel panic", "general protection fault", "kernel BUG at",
	"unable to handle", "UBSAN:", "KASAN:", "refcount_t:", "list_add corruption",
	"list_del corruption", "blocked for more than",
};

/* A complaint is looked for when its line is whole; the lines before are done. */
static void search(size_t from)
{
	char *line = kept + from;

	for (char *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		for (size_t i = 0; i < sizeof(complaints) / sizeof(*complaints); i++)
			if (strstr(line, complaints[i]))
				complained = true;
		*end = '\n';
	}
}

static size_t line_start(void)
{
	char *last = memrchr(kept, '\n', length);

	return last ? (size_t)(last + 1 - kept) : 0;
}

void console_take(const char *text, size_t size, bool verbose)
{
	if (verbose && write(STDERR_FILENO, text, size) < 0)
		return;
	while (size > 0) {
		size_t start = line_start();
		size_t part = size < KEEP / 2 ? size : KEEP / 2;

		if (length + part > KEEP) {
			size_t drop = length + part - KEEP;

			memmove(kept, kept + drop, length - drop);
			length -= drop;
			start = start > drop ? start - drop : 0;
		}
		for (size_t i = 0; i < part; i++)
			kept[length + i] = text[i] ? text[i] : ' ';
		length += part;
		kept[length] = '\0';
		search(start);
		text += part;
		size -= part;
	}
}

/* Has the guest's kernel reported a fault? */
bool console_complained(void)
{
	return complained;
}

void console_print(void)
{
	fwrite(kept, 1, length, stderr);
	if (length > 0 && kept[length - 1] != '\n')
		fputc('\n', stderr);
}
