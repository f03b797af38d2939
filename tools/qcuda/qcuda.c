/* SPDX-License-Identifier: MIT */
/* qcuda.c - the user's command: main() and its sub-commands. */
#include <stdlib.h>
#include <string.h>
#include "tools/qcuda/qcuda.h"

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "--help";

	if (!strcmp(command, "run"))
		return run(argc - 1, argv + 1);
	if (!strcmp(command, "device"))
		return device(argc - 1, argv + 1);
	if (!strcmp(command, "--help") || !strcmp(command, "-h") || !strcmp(command, "help")) {
		fputs(options_help, stdout);
		return argc > 1 ? EXIT_SUCCESS : EXIT_QCUDA;
	}
	die("there is no command '%s': try run, device or --help", command);
}
