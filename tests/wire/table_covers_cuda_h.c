/* SPDX-License-Identifier: MIT */
/*
 * table_covers_cuda_h.c - every function of the installed cuda.h has exactly one row, and what is
 * absent has a reason that will not go away
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALL(id, name, ...) { #name, 0, NULL },
#define WRAP(id, name, ...) { #name, 0, NULL },
#define HAND(id, name, ...) { #name, 0, NULL },
#define LOCAL(name, where) { #name, 0, NULL },
#define ABSENT(name, why) { #name, 0, why },

static struct row {
	const char *name;
	int seen;
	const char *why;	/* it is absent; NULL: it is not */
} rows[] = {
#include "wire/calls.def"
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static struct row *row_find(const char *name)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static int rows_are_unique(void)
{
	int bad = 0;

	for (size_t i = 0; i < N_ROWS; i++)
		if (row_find(rows[i].name) != &rows[i]) {
			printf("%s has two rows\n", rows[i].name);
			bad++;
		}
	return bad;
}

static int reasons_are_good(void)
{
	static const char *const good[] = {
		"no graphics interop", "no external memory", "no checkpoint or core dump",
		"no multicast or NvSci", "no concurrent managed access",
	};
	int bad = 0;

	for (size_t i = 0; i < N_ROWS; i++) {
		size_t g = 0;

		while (rows[i].why && g < sizeof(good) / sizeof(good[0]) &&
		       strncmp(rows[i].why, good[g], strlen(good[g])))
			g++;
		if (g == sizeof(good) / sizeof(good[0])) {
			printf("%s is absent: %s\n", rows[i].name, rows[i].why);
			bad++;
		}
	}
	return bad;
}

int main(void)
{
	const char *home = getenv("CUDA_HOME");
	char command[512], line[256];
	int declared = 0, bad = rows_are_unique() + reasons_are_good();
	FILE *names;

	/* Declarations only: "CUresult cuXxx(" after the preprocessor. */
	snprintf(command, sizeof(command),
		 "echo '#include <cuda.h>' | cc -E -P -I%s/include - |"
		 " grep -oE '\\bcu[A-Z][A-Za-z0-9_]+ ?\\(' | tr -d '( ' | sort -u",
		 home ? home : "/usr/local/cuda");
	names = popen(command, "r");
	while (names && fgets(line, sizeof(line), names)) {
		struct row *row;

		line[strcspn(line, "\n")] = '\0';
		declared++;
		row = row_find(line);
		if (row) {
			row->seen = 1;
		} else {
			printf("%s has no row in calls.def\n", line);
			bad++;
		}
	}
	if (!names || pclose(names) || declared < 400) {
		printf("could not read cuda.h: %d functions\n", declared);
		return 1;
	}
	for (size_t i = 0; i < N_ROWS; i++)
		if (!rows[i].seen && !strncmp(rows[i].name, "cu", 2) &&
		    strncmp(rows[i].name, "cuProfiler", 10)) {
			printf("%s is not in cuda.h\n", rows[i].name);
			bad++;
		}
	return bad != 0;
}
