/* SPDX-License-Identifier: MIT */
/*
 * docs_calls_are_up_to_date.c - docs/calls.md is what docs/calls prints from the table
 */
#include <stdio.h>
#include <string.h>

int main(void)
{
	FILE *printed = popen("docs/calls wire/calls.def", "r"), *kept = fopen("docs/calls.md", "r");
	char want[512], have[512];
	int line = 0;

	if (!printed || !kept) {
		printf("run in the root of the tree\n");
		return 1;
	}
	while (fgets(want, sizeof(want), printed)) {
		line++;
		if (!fgets(have, sizeof(have), kept) || strcmp(want, have)) {
			printf("docs/calls.md:%d: expected %s`make docs` prints it\n", line, want);
			return 1;
		}
	}
	if (pclose(printed) || line < 400 || fgets(have, sizeof(have), kept)) {
		printf("docs/calls.md has %d lines and more: `make docs` prints it\n", line);
		return 1;
	}
	return 0;
}
